/**
 * Statements about the trail of a whole tenant. They run as the auditor role alone, whose row-level security binds them
 * to the tenant once more; no other file writes SQL about more than one member.
 */
import { type Clause, notSupported, type SortKey } from '@patient-access/fhir';
import type { PagePosition, Statement } from '@patient-access/fhir-store';
import { conditionOf } from './conditions.ts';
import type { BindValue } from './searched-column.ts';

export interface TrailSearch {
  tenant: string;
  /** only what is about one of these; undefined: whoever it is about, and what is about nobody */
  members?: readonly string[];
  /** all of which an event has to meet */
  clauses: readonly Clause[];
  /** of which lists it has to meet one: the granular scopes of the token */
  granularClauses: readonly (readonly Clause[])[];
}

/** `$1` is the tenant, always. */
class Values {
  readonly list: unknown[];

  constructor({ tenant }: TrailSearch) {
    this.list = [tenant];
  }

  readonly bind: BindValue = (value) => {
    this.list.push(value);
    return `$${this.list.length}`;
  };
}

/** The tenant, whose trail, what is searched for, and what the token's scopes leave of it. */
function where(question: TrailSearch, values: Values): string {
  const { members, clauses, granularClauses } = question;
  const all = (some: readonly Clause[]) =>
    some.map((clause) => conditionOf(clause, values.bind)).join(' AND ');
  const open = granularClauses.some((some) => some.length === 0);
  return [
    'e.tenant = $1',
    ...(members ? [`e.member = ANY (${values.bind(members)})`] : []),
    ...clauses.map((clause) => conditionOf(clause, values.bind)),
    ...(open ? [] : [`(${granularClauses.map((some) => `(${all(some)})`).join(' OR ') || 'false'})`]),
  ].join(' AND ');
}

/** What a page can be ordered by. The time of storing is what the trail is laid out by. */
const KEYS: ReadonlyMap<string, { column: string; cast: string }> = new Map([
  ['_lastUpdated', { column: 'e.stored', cast: 'timestamptz' }],
  ['date', { column: 'e.recorded', cast: 'timestamptz' }],
  ['_id', { column: 'e.id', cast: 'text' }],
]);

function orderOf(sort: readonly SortKey[]) {
  const [first, ...others] = sort;
  const key = KEYS.get(first?.parameter ?? '');
  if (!first || !key || others.length > 0)
    throw notSupported(
      '_sort: the trail of everybody is sorted by one of _lastUpdated, date and _id.',
      '_sort',
    );
  return { ...key, descending: first.descending };
}

/** One page, one row longer than asked; `k0` is its sort key, as in the engine. */
export function pageStatement(
  question: TrailSearch,
  { sort, count }: { sort: readonly SortKey[]; count: number },
  after?: PagePosition,
): Statement {
  const values = new Values(question);
  const { column, cast, descending } = orderOf(sort);
  const filter = where(question, values);
  const beyond = after
    ? ` AND (${column}, e.id) ${descending ? '<' : '>'} (${values.bind(after.keys[0])}::${cast}, ${values.bind(after.id)})`
    : '';
  const way = descending ? 'DESC' : 'ASC';
  const text =
    `SELECT e.id, e.body, ${column}::text AS k0 FROM trail.audit_event e WHERE ${filter}${beyond} ` +
    `ORDER BY ${column} ${way}, e.id ${way} LIMIT ${values.bind(count + 1)}`;
  return { text, values: values.list };
}

export function countStatement(question: TrailSearch): Statement {
  const values = new Values(question);
  const text = `SELECT count(*)::int AS total FROM trail.audit_event e WHERE ${where(question, values)}`;
  return { text, values: values.list };
}
