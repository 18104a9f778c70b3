/**
 * Statements about the trail of a whole tenant. They run only as the auditor role, whose row-level security limits them
 * to the tenant a second time. The search for members has no SQL about more than one member.
 */
import { type Clause, notSupported, type SortKey } from '@patient-access/fhir';
import type { PagePosition, Statement } from '@patient-access/fhir-store';
import { storedEvent } from '../stored-event.ts';
import { conditionOf } from './conditions.ts';
import type { BindValue } from './searched-column.ts';

export interface TrailSearch {
  tenant: string;
  /** only events about one of these members; undefined: all events, also those about no member */
  members?: readonly string[];
  /** conditions that an event must all meet */
  clauses: readonly Clause[];
  /** lists of conditions, one list for each granular scope of the token; an event must meet at least one list */
  granularClauses: readonly (readonly Clause[])[];
}

/** The values of a statement. `$1` is always the tenant. */
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

/** The WHERE clause: the tenant, the members, the search conditions, and the limits of the token's scopes. */
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

/** The columns that a page can be sorted by. The trail is partitioned by the time of storing. */
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

/** The statement of one page, with one row more than requested. `k0` is the sort key, as in the engine. */
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
    `SELECT e.id, ${storedEvent('e')} AS body, ${column}::text AS k0 FROM trail.audit_event e WHERE ${filter}${beyond} ` +
    `ORDER BY ${column} ${way}, e.id ${way} LIMIT ${values.bind(count + 1)}`;
  return { text, values: values.list };
}

export function countStatement(question: TrailSearch): Statement {
  const values = new Values(question);
  const text = `SELECT count(*)::int AS total FROM trail.audit_event e WHERE ${where(question, values)}`;
  return { text, values: values.list };
}
