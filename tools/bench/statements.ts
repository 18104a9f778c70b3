/** The product's own statements, for limits that run nothing else and for looks at their plans. */
import { type Definition, definitions, parseSearch } from '@patient-access/fhir';
import { pageStatement } from '@patient-access/fhir-store';

type Statement = ReturnType<typeof pageStatement>;
/** Names and values of a query, in need of no escaping. */
export type Asked = readonly (readonly [string, string])[];

export const CLAIMS_PAGE = 50;
export const OBSERVATIONS_PAGE = 100;

export const CLAIMS_BY_DATE: Asked = [
  ['service-date', 'ge2000-01-01'],
  ['_count', String(CLAIMS_PAGE)],
];
export const OBSERVATIONS_BY_CATEGORY_AND_DATE: Asked = [
  ['category', 'vital-signs'],
  ['date', 'ge2000-01-01'],
  ['_count', String(OBSERVATIONS_PAGE)],
];

interface Whose {
  tenant: string;
  member: string;
}

/** All of a type that is a member's. */
export const queryOf = (
  scope: Whose,
  type: string,
  clauses: Parameters<typeof pageStatement>[0]['clauses'] = [],
) => ({ scope, type, clauses, alternatives: [[]], released: [] });

/** The first page of a member's search. */
export function searchStatement(scope: Whose, type: string, parameters: Asked): Statement {
  const entries = parameters.map(([name, value]): [string, string] => [name, value]);
  const parsed = parseSearch(definitions.get(type) as Definition, entries, { base: '', strict: true });
  return pageStatement(queryOf(scope, type, parsed.clauses), parsed);
}
