/** What a searched value says about a row `e` of the trail. Columns and operators come from these tables alone. */
import { invalid, type Clause, type Match, notSupported } from '@patient-access/fhir';

/** Adds a value to the statement. @returns its placeholder */
export type Add = (value: unknown) => string;

interface Column {
  /** has the row a value at all? */
  present: string;
  matches(match: Match, add: Add): string | undefined;
}

/** A code of a fixed, small set, or a text, without a system. */
const text = (column: string): Column => ({
  present: `${column} IS NOT NULL`,
  matches(match, add) {
    if (match.kind === 'reference') return `${column} = ANY (${add(match.values)})`;
    if (match.kind !== 'token') return undefined;
    if (match.system || match.code === undefined) return 'false';
    return `${column} = ${add(match.code)}`;
  },
});

/** `system|code` of each; of either half alone it is compared with that half. */
const coded = (column: string, halves: { system: string; code: string }): Column => ({
  present: `cardinality(${column}) > 0`,
  matches(match, add) {
    if (match.kind !== 'token') return undefined;
    const { system, code } = match;
    if (system !== undefined && code !== undefined) return `${column} @> ARRAY[${add(`${system}|${code}`)}]`;
    const half = code === undefined ? `${halves.system} = ${add(system)}` : `${halves.code} = ${add(code)}`;
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

const references = (column: string): Column => ({
  present: `cardinality(${column}) > 0`,
  matches: (match, add) => (match.kind === 'reference' ? `${column} && ${add(match.values)}` : undefined),
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

const instant = (column: string): Column => ({
  present: 'true',
  matches(match, add) {
    if (match.kind !== 'date') return undefined;
    const bound = (time: string) => () => `${add(time)}::timestamptz`;
    return DATES[match.prefix](column, bound(match.low), bound(match.high));
  },
});

/** By search parameter, with its modifier where that looks at something else. */
const COLUMNS: ReadonlyMap<string, Column> = new Map<string, Column>([
  [
    '_id',
    {
      present: 'true',
      matches: (match, add) => (match.kind === 'id' ? `e.id = ${add(match.value)}` : undefined),
    },
  ],
  ['_lastUpdated', instant('e.stored')],
  ['_profile', text('e.profile')],
  ['action', text('e.action')],
  ['agent', coded('e.agent', IDENTIFIERS)],
  ['date', instant('e.recorded')],
  ['entity', references('e.entity')],
  ['entity:identifier', coded('e.entity_identifier', IDENTIFIERS)],
  ['outcome', text('e.outcome')],
  ['policy', text('e.policy')],
  ['source:identifier', text('e.service')],
  ['subtype', coded('e.subtype', CODES)],
  ['type', coded('ARRAY[e.type]', CODES)],
]);

/**
 * @returns a condition on `e`, in parentheses
 * @throws OperationError 400 for a parameter that the trail is not searched by
 */
export function conditionOf({ parameter, matches, negated, target }: Clause, add: Add): string {
  const column = COLUMNS.get(parameter);
  const [name = parameter] = parameter.split(':');
  if (!column || target)
    throw notSupported(`${parameter}: the trail of everybody is not searched by it.`, name);
  const any = matches.map((match) => {
    const sql = column.matches(match, add);
    if (sql === undefined) throw invalid(`${parameter}: not a value of it.`, name);
    return `(${sql})`;
  });
  const condition = any.length > 0 ? any.join(' OR ') : column.present;
  return negated ? `(${condition}) IS NOT TRUE` : `(${condition})`;
}
