/** Says which parameters of a search were left out (http://hl7.org/fhir/R4/search.html#errors). */
import { commonParameters, type Definition } from './definition.ts';
import { ERROR_SYSTEM, type ErrorCode } from './errors.ts';
import { nearestName } from './nearest-name.ts';

const CODE: ErrorCode = 'parameter-unsupported';
const MAX_NAME_CHARACTERS = 64;

function warning(type: string, definition: Definition, given: string) {
  const name = given.slice(0, MAX_NAME_CHARACTERS);
  const meant = nearestName(name, Object.keys({ ...commonParameters, ...definition.search }));
  return {
    severity: 'warning',
    code: 'not-supported',
    details: { coding: [{ system: ERROR_SYSTEM, code: CODE }] },
    diagnostics:
      `${name} is not a search parameter of ${type} and was left out, so this is more than you asked for. ` +
      (meant ? `Is ${meant} meant? ` : '') +
      'With "Prefer: handling=strict" such a search is refused.',
    location: [`http.${name}`],
    expression: [name],
  };
}

/**
 * An entry of a searchset with an OperationOutcome: the search was answered without these parameters.
 *
 * @param names as the client wrote them, at least one
 * @returns JSON
 */
export function leftOutEntry(type: string, definition: Definition, names: readonly string[]): string {
  const issue = [...new Set(names)].map((name) => warning(type, definition, name));
  return JSON.stringify({
    resource: { resourceType: 'OperationOutcome', issue },
    search: { mode: 'outcome' },
  });
}
