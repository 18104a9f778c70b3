/** Granular scopes (`patient/Observation.rs?category=…`; SMART 2.0, "Finer-grained resource constraints"). */
import type { Definition } from './definition.ts';
import { indexRows, type IndexRow } from './index-rows.ts';
import { invalid } from './outcome.ts';
import type { Resource } from './resource.ts';
import { type Clause, parseSearch } from './search.ts';
import type { DatePrefix, Match } from './search-values.ts';

export interface Restriction {
  /** all of which a resource has to meet */
  clauses: Clause[];
  /** ids of the Patients that it names, each of which has to be the token's member */
  members: string[];
}

/**
 * Reads the parameters of one granular scope with the grammar of a search. Each has to restrict the resources: one
 * that is about the result (`_count`) would widen what it stands beside.
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
    const search = parseSearch(definition, [[name, value]], { base, strict: true });
    if (search.clauses.length + search.members.length === 0)
      throw invalid(`${name} restricts no resources.`, name);
    return search;
  });
  return {
    clauses: parsed.flatMap(({ clauses }) => clauses),
    members: parsed.flatMap(({ members }) => members),
  };
}

const earliest = (low: string | null): string => low ?? '';
/** Behind every ISO 8601 text. */
const latest = (high: string | null): string => high ?? '~';

/** The same rules as in search-sql.ts of libs/fhir-store, on values instead of in SQL. */
const DATES: Record<DatePrefix, (row: IndexRow, low: string, high: string) => boolean> = {
  eq: (row, low, high) => earliest(row.low) >= low && latest(row.high) <= high,
  ne: (row, low, high) => !(earliest(row.low) >= low && latest(row.high) <= high),
  gt: (row, _low, high) => latest(row.high) > high,
  ge: (row, low) => latest(row.high) > low,
  lt: (row, low) => earliest(row.low) < low,
  le: (row, _low, high) => earliest(row.low) < high,
  sa: (row, _low, high) => earliest(row.low) >= high,
  eb: (row, low) => latest(row.high) <= low,
};

function meetsMatch(row: IndexRow, match: Match): boolean {
  switch (match.kind) {
    case 'token':
      return (
        (match.code === undefined || row.value === match.code) &&
        (match.system === undefined || row.system === match.system)
      );
    case 'date':
      return DATES[match.prefix](row, match.low, match.high);
    case 'string':
      return match.mode === 'contains' ? row.value.includes(match.value) : row.value.startsWith(match.value);
    case 'reference':
    case 'uri':
    case 'id':
      return row.value === match.value;
  }
}

/**
 * Does a resource meet all clauses? For what a database cannot be asked about: an earlier version has no index rows.
 *
 * @param lastUpdated of this version
 */
export function meets(
  definition: Definition,
  resource: Resource,
  clauses: readonly Clause[],
  lastUpdated: Date,
): boolean {
  const own = { system: '', value: resource.id, low: null, high: null };
  const span = { low: lastUpdated.toISOString(), high: new Date(lastUpdated.getTime() + 1).toISOString() };
  const rows: IndexRow[] = [
    ...indexRows(definition, resource),
    { ...own, parameter: '_id' },
    { ...own, parameter: '_lastUpdated', ...span },
  ];
  return clauses.every(({ parameter, matches }) =>
    rows.some((row) => row.parameter === parameter && matches.some((match) => meetsMatch(row, match))),
  );
}
