/** Makes a trail of any size from the rows of real requests. Each copy has other ids, members and times. */
import type pg from 'pg';
import { BENCH_TENANT } from '../store.ts';

const MONTHS = 24;
/** The number of rows that one statement makes. They are sorted in memory. */
const CHUNK = 20_000;
const CLIENTS = 40;
/** The average number of events of a member. */
const EVENTS_OF_A_MEMBER = 100;
const LOG_EVERY = 50;
/** An app that sent a few requests two years ago. */
export const GONE = 'client-gone';

/** Members with more events than the average. */
export interface Known {
  /** has a thousand events in a trail of any size */
  ordinary: string;
  /** has a tenth of all events, at most a hundred thousand: an app asked every ten minutes for two years */
  busy: string;
}

/** The rows that are copied, with the values that differ in each copy. Rows of requests count three times. */
const TEMPLATES = `
  CREATE TABLE public.bench_template AS
  SELECT row_number() OVER () - 1 AS nth, e.*,
         substring(e.body FROM '"lastUpdated":"([^"]*)"') AS stored_text,
         e.body::json ->> 'recorded' AS recorded_text,
         coalesce(e.body::json #>> '{entity,0,what,identifier,value}', e.id) AS request_id
    FROM trail.audit_event e, generate_series(1, CASE e.kind WHEN 'rest' THEN 3 ELSE 1 END)
   WHERE e.tenant = $1 AND e.member <> '~' AND e.client IS NOT NULL`;

/** The values that differ in each copy of an event. */
type Own = 'id' | 'request_id' | 'member' | 'client' | 'grant_id' | 'recorded_text' | 'stored_text';
const replaced = (column: string, ...own: Own[]) =>
  own.reduce((text, name) => `replace(${text}, coalesce(t.${name}, t.id), n.${name})`, column);
const array = (column: string, ...own: Own[]) =>
  `${replaced(`t.${column}::text`, ...own)}::text[] COLLATE "C"`;
const BODY = replaced(
  't.body',
  ...(['id', 'request_id', 'member', 'client', 'grant_id', 'recorded_text', 'stored_text'] as const),
);

/**
 * `$1` tenant, `$2` to `$3` sequence numbers, `$4` how many there will be, `$5` the hash before, `$6` and `$7` known
 * members.
 */
const FILL = `
  WITH n AS (
    SELECT s AS seq, md5('e' || s)::uuid::text AS id, md5('r' || s)::uuid::text AS request_id,
           CASE WHEN s % ($4::bigint / 1000) = 0 THEN $6
                WHEN s % greatest(10, $4::bigint / 100000) = 1 THEN $7
                ELSE 'member-' || (s * 7919 % ($4::bigint / ${EVENTS_OF_A_MEMBER})) END AS member,
           CASE WHEN s <= 5 THEN '${GONE}' ELSE 'client-' || s % ${CLIENTS} END AS client, md5('g' || s % 100000)::uuid::text AS grant_id,
           date_trunc('milliseconds', $8::timestamptz - ($4::bigint - s) * (interval '${MONTHS} months' / $4::bigint)) AS stored
      FROM generate_series($2::bigint, $3::bigint) s),
  timed AS (
    SELECT n.*, n.stored - interval '1 second' AS recorded,
           to_char(n.stored AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS stored_text,
           to_char((n.stored - interval '1 second') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS recorded_text
      FROM n),
  made AS (
    SELECT n.*, t.kind, t.act, t.action, t.outcome, t.reason, t.service, t.policy, t.address, t.disclosed, t.type, t.subtype,
           t.profile, CASE WHEN t.grant_id IS NULL THEN NULL ELSE n.grant_id END AS its_grant, ${array('agent', 'client')} AS agent,
           ${array('entity', 'member')} AS entity, ${array('entity_identifier', 'request_id', 'grant_id')} AS entity_identifier,
           ${BODY} AS body
      FROM timed n JOIN public.bench_template t ON t.nth = (n.seq * 31) % (SELECT count(*) FROM public.bench_template))
  INSERT INTO trail.audit_event (tenant, seq, id, stored, recorded, member, kind, act, action, outcome, reason, service,
         client, grant_id, policy, address, disclosed, type, subtype, agent, entity, entity_identifier, profile, hash, body)
  SELECT $1, seq, id, stored, recorded, member, kind, act, action, outcome, reason, service,
         client, its_grant, policy, address, disclosed, type, subtype, agent, entity, entity_identifier, profile,
         trail.link($5::bytea, int8send(seq) || convert_to(id || body, 'UTF8')) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING),
         body
    FROM made ORDER BY seq`;

/**
 * Options of the superuser's connection: they switch off the append-only triggers, and allow more memory for sorting.
 */
export const OPTIONS = '-c session_replication_role=replica -c work_mem=256MB';

async function wipe(client: pg.Client): Promise<void> {
  await client.query('TRUNCATE trail.audit_event, trail.checkpoint');
  const months = `SELECT trail.prepare_month(now() - m * interval '1 month') FROM generate_series(0, ${MONTHS}) m`;
  await client.query(months);
  // The tables are deleted after the bench, so they need no write-ahead log.
  const { rows } = await client.query<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'trail.audit_event'::regclass",
  );
  for (const { name } of rows) await client.query(`ALTER TABLE ${name} SET UNLOGGED`);
}

async function lastHash(client: pg.Client, seq: number): Promise<Buffer> {
  const text = 'SELECT hash FROM trail.audit_event WHERE tenant = $1 AND seq = $2';
  return (await client.query<{ hash: Buffer }>(text, [BENCH_TENANT, seq])).rows[0]?.hash as Buffer;
}

/** Keeps the rows of the requests so far as templates. @returns their number */
export async function keepTemplates(client: pg.Client): Promise<number> {
  return (await client.query(TEMPLATES, [BENCH_TENANT])).rowCount ?? 0;
}

/**
 * Replaces the tenant's trail by `events` events with a valid chain. They are spread evenly over two years and end half
 * a day ago.
 *
 * @param client connection of the superuser, with {@link OPTIONS} @returns the seconds that it took
 */
export async function fill(client: pg.Client, events: number, known: Known): Promise<number> {
  const startedAt = performance.now();
  await wipe(client);
  const { rows } = await client.query<{ hash: Buffer; until: Date }>(
    "SELECT trail.genesis($1) AS hash, now() - interval '12 hours' AS until",
    [BENCH_TENANT],
  );
  const { until } = rows[0] as { until: Date };
  let hash = rows[0]?.hash as Buffer;
  for (let from = 1, chunk = 1; from <= events; from += CHUNK, chunk += 1) {
    const to = Math.min(from + CHUNK - 1, events);
    await client.query(FILL, [BENCH_TENANT, from, to, events, hash, known.ordinary, known.busy, until]);
    hash = await lastHash(client, to);
    if (chunk % LOG_EVERY === 0) console.error(`trail-size: ${to} of ${events} events`);
  }
  await client.query('UPDATE trail.chain_head SET seq = $2, hash = $3, stored = $4 WHERE tenant = $1', [
    BENCH_TENANT,
    events,
    hash,
    until,
  ]);
  await client.query('VACUUM (ANALYZE) trail.audit_event');
  return (performance.now() - startedAt) / 1_000;
}
