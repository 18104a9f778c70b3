/**
 * The system of a code whose element has no place for it, such as `Observation.status`: that of the value set to which R4
 * binds the element (http://hl7.org/fhir/R4/search.html#token).
 */
import { resourceShape } from '../structure/shape.ts';
import { r4FactsAt } from './r4-facts.ts';
import { r4ValueSets } from './r4-terminology.ts';

let systems: ReadonlyMap<string, string> | undefined;

/** The value sets that take their codes from one system. Read when first asked, because most searches name no system of a code. */
function systemsOfValueSets(): ReadonlyMap<string, string> {
  return new Map(
    r4ValueSets().flatMap(({ url, compose }): [string, string][] => {
      const [only, ...others] = compose?.include ?? [];
      return only?.system !== undefined && others.length === 0 ? [[url, only.system]] : [];
    }),
  );
}

/**
 * @param path of an element of the type
 * @returns undefined for an element of another datatype, which says the system itself
 */
export function systemOfCodes(type: string, path: string): string | undefined {
  if (resourceShape(type)?.elements.get(path)?.type !== 'code') return undefined;
  const valueSet = r4FactsAt(`${type}.${path}`)?.binding;
  return valueSet === undefined ? undefined : (systems ??= systemsOfValueSets()).get(valueSet);
}
