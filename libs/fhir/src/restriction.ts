/** Granular scopes (`patient/Observation.rs?category=…`; SMART 2.0, "Finer-grained resource constraints"). */
import type { Definition } from './definition.ts';
import { invalid, notSupported } from './outcome.ts';
import { type Clause, parseSearch } from './search.ts';

interface Restriction {
  /** a resource has to meet all of these */
  clauses: Clause[];
  /** ids of the Patients that the scope names; each has to be the token's member */
  members: string[];
}

/**
 * Parses the parameters of one granular scope with the grammar of a search. Each has to restrict the resources; a
 * parameter about the result (`_count`) does not.
 *
 * @param base the tenant's FHIR base URL
 * @throws OperationError 400 naming a parameter that the type does not have, or whose value is invalid
 */
export function parseRestriction(
  definition: Definition,
  filters: readonly (readonly [parameter: string, value: string])[],
  base: string,
): Restriction {
  const parsed = filters.map(([name, value]) => {
    // A negation or a chain can match almost anything, which is more than the member expects to share.
    if (/[:.]/.test(name)) throw notSupported(`${name}: a scope has neither modifiers nor chains.`, name);
    // Approximate dates are refused, because their span grows with time. The member would share more each day than
    // was agreed.
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
