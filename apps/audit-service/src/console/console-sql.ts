/**
 * The statements behind the console's pages. They run as the auditor role, whose row-level security checks the tenant
 * too.
 */
import type { Statement } from '@patient-access/fhir-store';
import { WITHOUT_MEMBER } from '../columns.ts';
import { interruptionOf, isInterruption, isToldElsewhere } from '../interruption.ts';
import type { Filter } from './filter.ts';
import { beforeEnds, ConsoleValues, narrowed, storedIn, termsInIndex } from './filter-sql.ts';

/** The most rows of a table on a page: statements ask for one more, so that the page can say when there are more. */
export const SHOWN = 100;

/** `$1` is the tenant, `$2` and `$3` are the period, `$4` is its time zone. Further conditions have later numbers. */
export function scoped(tenant: string, filter: Filter) {
  const values = new ConsoleValues(tenant, filter);
  const { driving, others } = narrowed(tenant, filter, values);
  return { where: `${driving} AND ${others}`, values: values.list, bind: values.bind };
}

/**
 * The events of a question with the number of requests that each stands for: requests of callers whom nobody knows are counted in
 * one event. The number is read out of the record here, because rows that are sorted for a sum would take their whole record along.
 */
const eventsWhere = (where: string): string => `(
      SELECT e.recorded, e.member, e.kind, e.act, e.outcome, e.reason, e.client, e.disclosed,
             CASE WHEN e.kind = 'denied-attempts' THEN coalesce((e.record::json ->> 'count')::float8, 1) ELSE 1 END AS times
        FROM trail.audit_event e WHERE ${where} OFFSET 0) e`;

const GIVEN = `count(*) FILTER (WHERE e.kind = 'rest' AND e.outcome = '0')::int AS given`;
/** Members whom the rows are about. */
export const MEMBERS = `count(DISTINCT e.member) FILTER (WHERE e.member <> '${WITHOUT_MEMBER}')::int AS members`;
const REFUSED = `coalesce(sum(e.times) FILTER (WHERE e.outcome IN ('4', '8') AND NOT (${isInterruption('e')})), 0) AS refused`;

export interface Day {
  day: string;
  /** requests that data was given to, and those that were refused */
  given: number;
  refused: number;
  /** events that were added up */
  events: number;
}

export function daily(tenant: string, filter: Filter): Statement {
  const { where, values } = scoped(tenant, filter);
  const text = `SELECT to_char(e.recorded AT TIME ZONE $4, 'YYYY-MM-DD') AS day, ${GIVEN}, ${REFUSED}, count(*)::int AS events
    FROM ${eventsWhere(where)} GROUP BY 1`;
  return { text, values };
}

/** As {@link daily}, of refusals alone: an index has them. */
export function dailyRefusals(tenant: string, filter: Filter): Statement {
  const { where, values } = scoped(tenant, filter);
  const text = `SELECT to_char(e.recorded AT TIME ZONE $4, 'YYYY-MM-DD') AS day, 0 AS given, ${REFUSED}, count(*)::int AS events
    FROM ${eventsWhere(`${where} AND e.outcome <> '0'`)} GROUP BY 1`;
  return { text, values };
}

/** An app in a table of the console. */
export interface NamedApp {
  client: string | null;
  /** what it was called in an event of its own */
  name: string | null;
}

/** @returns SQL of the name of a {@link NamedApp} @param row with its client id */
export const appNameSql = (row: string): string =>
  `(SELECT n.record::json #>> '{client,name}' FROM trail.audit_event n
     WHERE n.tenant = $1 AND n.client = ${row}.client ORDER BY n.stored DESC LIMIT 1) AS name`;

export interface OfApp extends NamedApp {
  given: number;
  refused: number;
  disclosed: number;
  members: number;
  last: Date;
}

/** Totals for each app, the app with the most events first. */
export function byApp(tenant: string, filter: Filter): Statement {
  const { where, values } = scoped(tenant, filter);
  const text = `WITH app AS (
      SELECT e.client, count(*) AS events, ${GIVEN}, ${REFUSED}, sum(e.disclosed)::float8 AS disclosed,
             ${MEMBERS}, max(e.recorded) AS last
        FROM ${eventsWhere(where)} GROUP BY e.client ORDER BY 2 DESC, 1 LIMIT ${SHOWN + 1})
    SELECT a.client, a.given, a.refused, a.disclosed, a.members, a.last, ${appNameSql('a')}
      FROM app a ORDER BY a.events DESC, a.client`;
  return { text, values };
}

export interface OfReason extends NamedApp {
  reason: string | null;
  kind: string;
  refused: number;
  members: number;
  last: Date;
}

/** The number of requests that were refused or failed, by reason and app. */
export function byReason(tenant: string, filter: Filter): Statement {
  const { where, values } = scoped(tenant, filter);
  const text = `WITH refusal AS (
      SELECT e.reason, e.kind, e.client, sum(e.times) AS refused, ${MEMBERS}, max(e.recorded) AS last
        FROM ${eventsWhere(`${where} AND e.outcome <> '0' AND NOT (${isInterruption('e')})`)}
       GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 3 LIMIT ${SHOWN + 1})
    SELECT r.*, ${appNameSql('r')} FROM refusal r ORDER BY r.refused DESC, r.reason, r.client`;
  return { text, values };
}

export interface ConsoleEvent {
  /** where it stands: its lane, and its number there */
  lane: number;
  seq: string;
  id: string;
  stored: Date;
  recorded: Date;
  member: string;
  kind: string;
  act: string;
  outcome: string;
  reason: string | null;
  service: string;
  client: string | null;
  grant_id: string | null;
  disclosed: number;
  record: string;
  /** of a disclosure: why its answer broke off; null: it did not */
  interrupted: string | null;
}

/** The columns of a {@link ConsoleEvent}. */
export const EVENT = `e.lane, e.seq, e.id, e.stored, e.recorded, e.member, e.kind, e.act, e.outcome, e.reason, e.service, e.client,
  e.grant_id, e.disclosed, e.record, ${interruptionOf('e')} AS interrupted`;

/** Behind which event a reader goes on. */
export type TrailPosition = Pick<ConsoleEvent, 'stored' | 'lane' | 'seq'>;

const PLACE = '(e.stored, e.lane, e.seq)';
const placed = ({ stored, lane, seq }: TrailPosition, bind: ConsoleValues['bind']) =>
  `(${bind(stored.toISOString())}::timestamptz, ${bind(lane)}::smallint, ${bind(seq)}::bigint)`;

/**
 * A disclosure whose answer broke off is one entry, which says so. The record about it is an entry of its own where the
 * disclosure is none of the answer: in another period, or when it is asked for by what it says.
 */
function withoutInterruptions({ action, reason, outcome }: Filter): string {
  if (action !== undefined || reason !== undefined || outcome !== undefined) return '';
  const isShown =
    'd.recorded >= $2::date::timestamp AT TIME ZONE $4 AND d.recorded < ($3::date + 1)::timestamp AT TIME ZONE $4';
  return ` AND NOT ${isToldElsewhere('e', isShown)}`;
}

/** Where the events of a page come from: the table, or those of a member that her index alone says may match. */
function candidates(filter: Filter, before: TrailPosition | undefined, bind: ConsoleValues['bind']) {
  const terms = termsInIndex(filter);
  if (terms.length === 0) return { from: 'trail.audit_event e', stored: 'e.stored' };
  const member = bind(filter.member);
  const older = before ? ` AND m.stored <= ${bind(before.stored.toISOString())}` : '';
  const from = `(SELECT m.stored, m.id FROM trail.audit_event m
        WHERE m.tenant = $1 AND m.member = ${member} AND ${storedIn('m', filter, bind)}${older}
          AND m.terms @> ${bind(`{${terms.join(',')}}`)}::bigint[]
        ORDER BY m.stored DESC OFFSET 0) m
      CROSS JOIN LATERAL (SELECT * FROM trail.audit_event x WHERE x.tenant = $1 AND x.member = ${member}
        AND x.stored = m.stored AND x.id = m.id LIMIT 1) e`;
  return { from, stored: 'm.stored' };
}

/** The newest events, one more than a page shows; behind a position, the ones that are older. */
export function newest(tenant: string, filter: Filter, before?: TrailPosition): Statement {
  const { where, values, bind } = scoped(tenant, filter);
  const older = before
    ? ` AND ${PLACE} < ${placed(before, bind)} AND e.stored <= ${bind(before.stored.toISOString())}`
    : '';
  const { from, stored } = candidates(filter, before, bind);
  const text = `SELECT ${EVENT} FROM ${from} WHERE ${where}${older}${withoutInterruptions(filter)}
    ORDER BY ${stored} DESC, e.lane DESC, e.seq DESC LIMIT ${SHOWN + 1}`;
  return { text, values };
}

/**
 * When the last event of the period was stored, if that was later than the period's end. It is found by the times of
 * recording, which ascend on disk but for late arrivals: an index of block ranges has them. What is added to the time
 * keeps Postgres from reading the index of times backwards instead, over everything since.
 */
export function lastStored(tenant: string, { to, zone }: Filter): Statement {
  return {
    text: `SELECT greatest(max(e.stored + interval '0'), ($2::date + 1)::timestamp AT TIME ZONE $3) AS stored
      FROM trail.audit_event e WHERE e.tenant = $1 AND e.stored >= ($2::date + 1)::timestamp AT TIME ZONE $3
       AND e.recorded < ($2::date + 1)::timestamp AT TIME ZONE $3`,
    values: [tenant, to, zone],
  };
}

/** An event that was read for a file: one that does not belong there has no record. */
export type ScannedEvent = Omit<ConsoleEvent, 'record'> & { record: string | null };

/**
 * Some events behind a position, in the order of storing, all lanes together. The database reads at most `limit`, however
 * few of them belong to the filter: so a file of any size is made of short statements.
 */
export function inOrder(
  tenant: string,
  filter: Filter,
  { after, limit }: { after: TrailPosition | undefined; limit: number },
): Statement {
  const values = new ConsoleValues(tenant, filter);
  const { bind } = values;
  const { driving, others } = narrowed(tenant, filter, values);
  const behind = after
    ? ` AND ${PLACE} > ${placed(after, bind)} AND e.stored >= ${bind(after.stored.toISOString())}`
    : '';
  const text = `SELECT e.lane, e.seq, e.id, e.stored, e.recorded, e.member, e.kind, e.act, e.outcome, e.reason, e.service,
           e.client, e.grant_id, e.disclosed, CASE WHEN e.belongs THEN e.record END AS record,
           CASE WHEN e.belongs THEN ${interruptionOf('e', beforeEnds('i', filter, bind))} END AS interrupted
      FROM (SELECT e.*, (${others}) AS belongs
              FROM (SELECT * FROM trail.audit_event e WHERE ${driving}${behind}
                     ORDER BY e.stored, e.lane, e.seq LIMIT ${bind(limit)}) e OFFSET 0) e
     ORDER BY e.stored, e.lane, e.seq`;
  return { text, values: values.list };
}

/** Is there any event about this member? */
export const anyOf = (tenant: string, member: string): Statement => ({
  text: 'SELECT 1 AS found FROM trail.audit_event e WHERE e.tenant = $1 AND e.member = $2 LIMIT 1',
  values: [tenant, member],
});

/** Is there any event of this app? */
export const anyBy = (tenant: string, client: string): Statement => ({
  text: 'SELECT 1 AS found FROM trail.audit_event e WHERE e.tenant = $1 AND e.client = $2 LIMIT 1',
  values: [tenant, client],
});

/**
 * Is there any event of this subject, who has no login now, or of this administrator? Of the staff an index has all of them; of a
 * member's login that was given to somebody else, and of a name, the events of the period are read.
 */
export function anyByLogin(
  tenant: string,
  { from, to, zone, login, administrator }: Pick<Filter, 'from' | 'to' | 'zone' | 'login' | 'administrator'>,
): Statement {
  const by = administrator === undefined ? login !== undefined && { login } : { administrator };
  const { where, values, bind } = scoped(tenant, { from, to, zone, ...by });
  const text = `(SELECT 1 AS found FROM trail.audit_event e
        WHERE e.tenant = $1 AND e.member = '${WITHOUT_MEMBER}' AND e.login = ${bind(administrator ?? login)} LIMIT 1)
    UNION ALL (SELECT 1 FROM trail.audit_event e WHERE ${where} LIMIT 1) LIMIT 1`;
  return { text, values };
}

export interface Burst extends NamedApp {
  hour: string;
  /** the first request of the hour */
  first: Date;
  requests: number;
  disclosed: number;
  members: number;
}

/** What counts as a burst, and the hours of the plan's working day. */
export interface Hours {
  /** hours at which the working day begins and ends, 0 to 24 */
  opens: number;
  closes: number;
  /** the least number of requests of one app in one hour */
  least: number;
}

/**
 * Hours outside the working day, or at a weekend, in which one app sent at least that many requests. Of an hour that comes twice,
 * when clocks are put back, each is one.
 */
export function bursts(tenant: string, filter: Filter, { opens, closes, least }: Hours): Statement {
  const { where, values, bind } = scoped(tenant, filter);
  const [first, last, times] = [opens, closes, least].map((hour) => `${bind(hour)}::int`);
  const local = '(e.recorded AT TIME ZONE $4)';
  const text = `WITH burst AS (
      SELECT to_char(date_trunc('hour', ${local}), 'YYYY-MM-DD HH24:00') AS hour, e.client,
             min(e.recorded) AS first, count(*)::int AS requests, sum(e.disclosed)::float8 AS disclosed,
             ${MEMBERS}
        FROM trail.audit_event e
       WHERE ${where} AND e.kind = 'rest'
         AND (extract(hour FROM ${local}) < ${first} OR extract(hour FROM ${local}) >= ${last} OR extract(isodow FROM ${local}) > 5)
       GROUP BY 1, 2, ${local} - (e.recorded AT TIME ZONE 'UTC')
      HAVING count(*) >= ${times} ORDER BY requests DESC, first DESC LIMIT ${SHOWN + 1})
    SELECT b.*, ${appNameSql('b')} FROM burst b ORDER BY b.requests DESC, b.first DESC`;
  return { text, values };
}

/** The ends of the tenant's chains: what is above them has not happened yet. */
export function chainHeads(tenant: string): Statement {
  return {
    text: `SELECT h.lane, h.seq, encode(h.hash, 'hex') AS hash FROM trail.chain_head h WHERE h.tenant = $1 ORDER BY h.lane`,
    values: [tenant],
  };
}
