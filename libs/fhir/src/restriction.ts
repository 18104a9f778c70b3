/** Granular scopes (`patient/Observation.rs?category=…`; SMART 2.0, "Finer-grained resource constraints"). */
import type { Definition } from './definition.ts';
import { invalid, notSupported } from './outcome.ts';
import { type Clause, parseSearch } from './search.ts';

interface Restriction {
  /** all of which a resource has to meet */
  clauses: Clause[];
  /** ids of the Patients that it names, each of which has to be the token's member */
  members: string[];
}

/**
 * Reads the parameters of one granular scope with the grammar of a search. Each has to restrict the resources. A
 * parameter about the result (`_count`) would restrict nothing.
 *
 * @param base the tenant's FHIR base URL
 * @throws OperationError 400 naming the parameter that is none of this type, or whose value is none
 */
export function parseRestriction(
  definition: Definition,
  filters: readonly (readonly [parameter: string, value: string])[],
  base: string,
): Restriction {
  const parsed = filters.map(([name, value]) => {
    // A negation or a chain can match anything, which is easily more than the member expects to share.
    if (/[:.]/.test(name)) throw notSupported(`${name}: a scope has neither modifiers nor chains.`, name);
    // No approximate dates, because their span grows with time, and the member would share more every day than was
    // agreed.
    const search = parseSearch(definition, [[name, value]], { base, strict: true });
    if (search.clauses.length + search.members.length === 0)
      throw invalid(`${name} restricts no resources.`, name);
    return search;
  });
  return {
    clauses: parsed.flatMap(({ clauses }) => clauses),
    members: parsed.flatMap(({ members }) => members.map(({ id }) => id)),
  };
}
