/** What a searched value says about a row of the trail. Columns and operators come from these tables alone. */
import { invalid, type Clause, type Match, notSupported } from '@patient-access/fhir';
import type { SearchColumns } from '@patient-access/fhir-store';
import type { BindValue, SearchedColumn } from './searched-column.ts';
import { TERMS } from './terms.ts';

/** A code of a fixed, small set, or a text, without a system. */
const text = (column: string): SearchedColumn => ({
  present: `${column} IS NOT NULL`,
  matches(match, bind) {
    if (match.kind === 'reference') return `${column} = ANY (${bind(match.values)})`;
    if (match.kind !== 'token') return undefined;
    if (match.system || match.code === undefined) return 'false';
    return `${column} = ${bind(match.code)}`;
  },
});

/** `system|code` of each; of either half alone it is compared with that half. */
const coded = (column: string, halves: { system: string; code: string }): SearchedColumn => ({
  present: `cardinality(${column}) > 0`,
  matches(match, bind) {
    if (match.kind !== 'token') return undefined;
    const { system, code } = match;
    if (system !== undefined && code !== undefined) return `${column} @> ARRAY[${bind(`${system}|${code}`)}]`;
    const half = code === undefined ? `${halves.system} = ${bind(system)}` : `${halves.code} = ${bind(code)}`;
    return `EXISTS (SELECT FROM unnest(${column}) AS v WHERE ${half})`;
  },
});

/** A system of codes may have a bar in it, a code has none. */
const CODES = {
  system: "left(v, length(v) - position('|' in reverse(v)))",
  code: "right(v, position('|' in reverse(v)) - 1)",
};
/** An identifier may have a bar in it, its system has none. */
const IDENTIFIERS = {
  system: "left(v, position('|' in v) - 1)",
  code: "substr(v, position('|' in v) + 1)",
};

const references = (column: string): SearchedColumn => ({
  present: `cardinality(${column}) > 0`,
  matches: (match, bind) => (match.kind === 'reference' ? `${column} && ${bind(match.values)}` : undefined),
});

type Compare = (column: string, low: () => string, high: () => string) => string;

/** An instant is a span of one millisecond (condition-sql.ts of libs/fhir-store, with no end missing). */
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

/** What a row is called in a statement, and its time of storing. */
interface Row {
  row: 'e' | 'r';
  stored: string;
}

/** What every row has by itself, members' too. */
function ownColumns({ row, stored }: Row): [string, SearchedColumn][] {
  const id = (match: Match, bind: BindValue) =>
    match.kind === 'id' ? `${row}.id = ${bind(match.value)}` : undefined;
  return [
    ['_id', { present: 'true', matches: id }],
    ['_lastUpdated', instant(`${row}.${stored}`)],
    ['date', instant(`${row}.recorded`)],
    ['outcome', text(`${row}.outcome`)],
  ];
}

/** An event is stored after it was recorded, but for what clocks differ; trail.append allows them the same. */
const CLOCKS_DIFFER = "interval '7 days'";

/** Recorded since then means stored since then: it spares looking at the months before. */
function storedSince({ parameter, matches, negated }: Clause, { row, stored }: Row, bind: BindValue): string {
  const [match, ...others] = matches;
  if (parameter !== 'date' || negated || others.length > 0 || match?.kind !== 'date') return '';
  if (!['eq', 'gt', 'ge', 'sa'].includes(match.prefix)) return '';
  return ` AND ${row}.${stored} >= ${bind(match.low)}::timestamptz - ${CLOCKS_DIFFER}`;
}

/** @returns a condition in parentheses; undefined where no column holds what the clause is about */
function conditionOn(
  columns: ReadonlyMap<string, SearchedColumn>,
  row: Row,
  clause: Clause,
  bind: BindValue,
) {
  const { parameter, matches, negated, target } = clause;
  const column = columns.get(parameter);
  if (!column || target) return undefined;
  const any = matches.map((match) => {
    const sql = column.matches(match, bind);
    if (sql === undefined) throw invalid(`${parameter}: not a value of it.`, parameter.split(':')[0]);
    return `(${sql})`;
  });
  const condition = any.length > 0 ? any.join(' OR ') : column.present;
  return negated ? `(${condition}) IS NOT TRUE` : `((${condition})${storedSince(clause, row, bind)})`;
}

const EVENT: Row = { row: 'e', stored: 'stored' };
/** By search parameter, with its modifier where that looks at something else. */
const OF_EVENTS: ReadonlyMap<string, SearchedColumn> = new Map([
  ...ownColumns(EVENT),
  ['_profile', text('e.profile')],
  ['action', text('e.action')],
  ['agent', coded('e.agent', IDENTIFIERS)],
  ['entity', references('e.entity')],
  ['entity:identifier', coded('e.entity_identifier', IDENTIFIERS)],
  ['policy', text('e.policy')],
  ['source:identifier', text('e.service')],
  ['subtype', coded('e.subtype', CODES)],
  ['type', coded('ARRAY[e.type]', CODES)],
]);
/** As the engine reads it: trail.resource, all of it in one index but for the body. */
const RESOURCE: Row = { row: 'r', stored: 'last_updated' };
const OF_RESOURCES: ReadonlyMap<string, SearchedColumn> = new Map([...ownColumns(RESOURCE), ...TERMS]);

/**
 * @returns a condition on `e` of trail.audit_event, in parentheses
 * @throws OperationError 400 for a parameter that the trail is not searched by
 */
export function conditionOf(clause: Clause, bind: BindValue): string {
  const condition = conditionOn(OF_EVENTS, EVENT, clause, bind);
  if (condition !== undefined) return condition;
  const [name = clause.parameter] = clause.parameter.split(':');
  throw notSupported(`${clause.parameter}: the trail of everybody is not searched by it.`, name);
}

/**
 * For members: their events are read from the newest on until the page is full, and not collected before. What no event
 * has, none is found by.
 */
export const searchColumns: SearchColumns = {
  clause(clause, bind) {
    if (clause.target) return undefined;
    return conditionOn(OF_RESOURCES, RESOURCE, clause, bind) ?? (clause.negated ? 'true' : 'false');
  },
  sorted: new Map([['date', { column: 'r.recorded', cast: 'timestamptz' }]]),
};
