/** The product's SQL statements, for limits that only run SQL and for looking at query plans. */
import { type Definition, definitions, parseSearch } from '@patient-access/fhir';
import { type RowScope, searchPageStatement } from '@patient-access/fhir-store';

type Statement = ReturnType<typeof searchPageStatement>;
/** Names and values of a query. They need no escaping. */
export type SearchParameters = readonly (readonly [string, string])[];

export const CLAIMS_PAGE = 50;
export const OBSERVATIONS_PAGE = 100;

export const CLAIMS_BY_DATE: SearchParameters = [
  ['service-date', 'ge2000-01-01'],
  ['_count', String(CLAIMS_PAGE)],
];
export const OBSERVATIONS_BY_CATEGORY_AND_DATE: SearchParameters = [
  ['category', 'vital-signs'],
  ['date', 'ge2000-01-01'],
  ['_count', String(OBSERVATIONS_PAGE)],
];
/** Most searches of apps find few resources. */
export const FEW_OBSERVATIONS: SearchParameters = [
  ['category', 'laboratory'],
  ['date', 'ge2000-01-01'],
  ['_count', String(OBSERVATIONS_PAGE)],
];

/** The query for all resources of one type and one member. */
export const memberQuery = (
  rowScope: RowScope,
  type: string,
  clauses: Parameters<typeof searchPageStatement>[0]['clauses'] = [],
) => ({ rowScope, type, clauses, granularClauses: [[]], released: [], idsInIndex: true });

/** The statement for the first page of a member's search. */
export function searchStatement(rowScope: RowScope, type: string, parameters: SearchParameters): Statement {
  const entries = parameters.map(([name, value]): [string, string] => [name, value]);
  const parsed = parseSearch(definitions.get(type) as Definition, entries, { base: '', strict: true });
  return searchPageStatement(memberQuery(rowScope, type, parsed.clauses), parsed);
}
