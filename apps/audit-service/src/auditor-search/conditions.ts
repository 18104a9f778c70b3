/**
 * Turns search values into SQL conditions on rows of the trail. Column names and operators come only from these tables.
 */
import { invalid, type Clause, type Match, notSupported } from '@patient-access/fhir';
import type { SearchColumns } from '@patient-access/fhir-store';
import { CLOCKS_DIFFER } from '../columns.ts';
import type { BindValue, SearchedColumn } from './searched-column.ts';
import { termColumns } from './terms.ts';

/** A column with a code of a small fixed set, or with a text. It has no system. */
const text = (column: string): SearchedColumn => ({
  present: `${column} IS NOT NULL`,
  matches(match, bind) {
    if (match.kind === 'reference') return `${column} = ANY (${bind(match.values)})`;
    if (match.kind !== 'token') return undefined;
    if (match.system) return 'false';
    return match.code === undefined ? `${column} IS NOT NULL` : `${column} = ${bind(match.code)}`;
  },
});

type Compare = (column: string, low: () => string, high: () => string) => string;

/** Comparisons of an instant, which is a span of one millisecond (as in condition-sql.ts of libs/fhir-store). */
const DATES: Record<Extract<Match, { kind: 'date' }>['prefix'], Compare> = {
  eq: (column, low, high) => `${column} >= ${low()} AND ${column} < ${high()}`,
  ne: (column, low, high) => `NOT (${column} >= ${low()} AND ${column} < ${high()})`,
  gt: (column, _low, high) => `${column} >= ${high()}`,
  ge: (column, low) => `${column} >= ${low()}`,
  lt: (column, low) => `${column} < ${low()}`,
  le: (column, _low, high) => `${column} < ${high()}`,
  sa: (column, _low, high) => `${column} >= ${high()}`,
  eb: (column, low) => `${column} < ${low()}`,
  ap: (column, low, high) => `${column} >= ${low()} AND ${column} < ${high()}`,
};

const instant = (column: string): SearchedColumn => ({
  present: 'true',
  matches(match, bind) {
    if (match.kind !== 'date') return undefined;
    const bound = (time: string) => () => `${bind(time)}::timestamptz`;
    return DATES[match.prefix](column, bound(match.low), bound(match.high));
  },
});

/** The labels of an event, which its row has as the terms of its audience: `+system|code` (columns.ts). */
const labels = (column: string): SearchedColumn => ({
  present: `${column} IS NOT NULL`,
  matches(match, bind) {
    if (match.kind !== 'token') return undefined;
    const { system, code } = match;
    if (system !== undefined && code !== undefined) return `${bind(`+${system}|${code}`)} = ANY (${column})`;
    const part = `${bind(code === undefined ? `+${system}|` : `|${code}`)}::text`;
    const compared =
      code === undefined ? `starts_with(label, ${part})` : `right(label, length(${part})) = ${part}`;
    return `EXISTS (SELECT FROM unnest(${column}) AS label WHERE ${compared})`;
  },
});

/** The alias of a row in a statement, and the name of the column with its time of storing. */
interface Row {
  row: 'e' | 'r';
  stored: string;
}

/** The columns that the views for members and for auditors both have. */
function ownColumns({ row, stored }: Row): [string, SearchedColumn][] {
  const id = (match: Match, bind: BindValue) =>
    match.kind === 'id' ? `${row}.id = ${bind(match.value)}` : undefined;
  return [
    ['_id', { present: 'true', matches: id }],
    ['_lastUpdated', instant(`${row}.${stored}`)],
    ['_security', labels(`${row}.audience`)],
    ['date', instant(`${row}.recorded`)],
    ['outcome', text(`${row}.outcome`)],
  ];
}

/**
 * An event that was recorded after a time was also stored after it. This condition lets Postgres skip earlier months.
 */
function storedSince({ parameter, matches, negated }: Clause, { row, stored }: Row, bind: BindValue): string {
  const [match, ...others] = matches;
  if (parameter !== 'date' || negated || others.length > 0 || match?.kind !== 'date') return '';
  if (!['eq', 'gt', 'ge', 'sa'].includes(match.prefix)) return '';
  return ` AND ${row}.${stored} >= ${bind(match.low)}::timestamptz - ${CLOCKS_DIFFER}`;
}

/** @returns a condition in parentheses; undefined when no column answers the clause */
function conditionOn(
  columns: ReadonlyMap<string, SearchedColumn>,
  row: Row,
  clause: Clause,
  bind: BindValue,
) {
  const { parameter, orParameter, matches, negated, target } = clause;
  const column = columns.get(parameter);
  if (!column || target) return undefined;
  const other = orParameter === undefined ? undefined : columns.get(orParameter);
  const present = other ? `${column.present} OR ${other.present}` : column.present;
  const any = matches.map((match) => {
    const sql = column.matches(match, bind);
    if (sql === undefined) throw invalid(`${parameter}: not a valid value.`, parameter.split(':')[0]);
    return `(${sql})`;
  });
  const condition = any.length > 0 ? any.join(' OR ') : present;
  return negated ? `(${condition}) IS NOT TRUE` : `((${condition})${storedSince(clause, row, bind)})`;
}

const EVENT: Row = { row: 'e', stored: 'stored' };
/** By search parameter, with its modifier where that looks at something else. */
const OF_EVENTS: ReadonlyMap<string, SearchedColumn> = new Map([...ownColumns(EVENT), ...termColumns('e')]);
/** As the engine reads it: trail.resource, all of it in one index but for the body. */
const RESOURCE: Row = { row: 'r', stored: 'last_updated' };
const OF_RESOURCES: ReadonlyMap<string, SearchedColumn> = new Map([
  ...ownColumns(RESOURCE),
  ...termColumns('r'),
]);

/**
 * @returns a condition on `e` of trail.audit_event, in parentheses
 * @throws OperationError 400 for a parameter that the trail is not searched by
 */
export function conditionOf(clause: Clause, bind: BindValue): string {
  const condition = conditionOn(OF_EVENTS, EVENT, clause, bind);
  if (condition !== undefined) return condition;
  const [name = clause.parameter] = clause.parameter.split(':');
  throw notSupported(`${clause.parameter}: not a search parameter of a whole plan's trail.`, name);
}

/**
 * The columns for a member's search. The engine reads the member's events from the newest on until the page is full. A
 * search for a value that no event has finds nothing.
 */
export const searchColumns: SearchColumns = {
  clause(clause, bind) {
    if (clause.target) return undefined;
    return conditionOn(OF_RESOURCES, RESOURCE, clause, bind) ?? (clause.negated ? 'true' : 'false');
  },
  sorted: new Map([['date', { column: 'r.recorded', cast: 'timestamptz' }]]),
};
