/** Says which parameters of a search were left out (http://hl7.org/fhir/R4/search.html#errors). */
import { commonParameters, type Definition } from './definition.ts';
import { ERROR_SYSTEM, type ErrorCode } from './errors.ts';
import { nearestName } from './nearest-name.ts';

const CODE: ErrorCode = 'parameter-unsupported';
const MAX_NAME_CHARACTERS = 64;

/** Libraries write an array as `date[]=…`. FHIR repeats the name. */
const BRACKETS = /\[\d*\]$/;

/** @returns a sentence about the parameter that was probably meant, or '' */
export function meantParameter(definition: Definition, name: string): string {
  const names = Object.keys({ ...commonParameters, ...definition.search });
  const bare = name.replace(BRACKETS, '');
  if (bare !== name && names.includes(bare))
    return `Write ${bare}=... once for each value, without brackets. `;
  const meant = nearestName(name, names);
  return meant ? `Is ${meant} meant? ` : '';
}

function warning(type: string, definition: Definition, given: string) {
  const name = given.slice(0, MAX_NAME_CHARACTERS);
  return {
    severity: 'warning',
    code: 'not-supported',
    details: { coding: [{ system: ERROR_SYSTEM, code: CODE }] },
    diagnostics:
      `${name} is not a search parameter of ${type} and was left out, so this is more than you asked for. ` +
      meantParameter(definition, name) +
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
