import { inTransaction, type Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { definitions, indexRows } from '@patient-access/fhir';
import { storedBody } from '@patient-access/fhir-store';
import type pg from 'pg';
import { auditEvent } from './audit-event.ts';

/** What is about no member is for auditors only; no Patient can have this id (`~` is not legal in one). */
const NO_MEMBER = '~';

/**
 * A whole delivery in one statement: what is new goes into both tables, what was delivered before into neither. One
 * JSON document each for the resources and for their values, however many there are, so that one plan serves all.
 */
const STORE = {
  name: 'store-audit-events',
  text: `WITH stored AS (
           INSERT INTO resource (tenant, member, type, id, version, last_updated, body, hash)
           SELECT $1, e.member, 'AuditEvent', e.id, 1, $2, e.body, sha256(convert_to(e.body, 'UTF8'))
             FROM json_to_recordset($3::json) AS e (member text, id text, body text)
           ON CONFLICT (tenant, type, id) DO NOTHING
           RETURNING member, id)
         INSERT INTO search_value (tenant, member, type, parameter, system, value, low, high, id)
         SELECT $1, s.member, 'AuditEvent', v.parameter, v.system, v.value, v.low, v.high, s.id
           FROM stored s JOIN json_to_recordset($4::json)
             AS v (of text, parameter text, system text, value text, low timestamptz, high timestamptz)
             ON v.of = s.id`,
};

const definition = definitions.get('AuditEvent');

async function insert(client: pg.PoolClient, tenant: string, events: readonly AccessEvent[]): Promise<void> {
  const now = new Date().toISOString();
  // The same event twice in one delivery is one event.
  const byId = new Map(
    events.map((event) => {
      const resource = auditEvent(event);
      return [resource.id, { resource, member: event.member ?? NO_MEMBER }] as const;
    }),
  );
  const resources = [...byId].map(([id, { resource, member }]) => ({
    member,
    id,
    body: storedBody(resource, 1, now),
  }));
  const values = [...byId].flatMap(([id, { resource }]) =>
    definition ? indexRows(definition, resource).map((row) => ({ of: id, ...row })) : [],
  );
  await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
  await client.query({ ...STORE, values: [tenant, now, JSON.stringify(resources), JSON.stringify(values)] });
}

/** A message that is no access event, or one that no table can hold. */
export interface DeadLetter {
  reason: string;
  body: string;
}

const DEAD_LETTER = 'INSERT INTO dead_letter (reason, body) VALUES ($1, $2)';
/** The one character that Postgres' text cannot hold. */
const withoutNul = (text: string) => text.replaceAll('\u0000', '\uFFFD');

/**
 * Stores what was delivered together: events, each (tenant, request id, service) once however often it comes, and
 * what is no event where a person can see it. All or none: when this rejects, the sender delivers all of it again.
 */
export async function storeBatch(
  pool: Pool,
  events: readonly AccessEvent[],
  deadLetters: readonly DeadLetter[] = [],
): Promise<void> {
  if (events.length + deadLetters.length === 0) return;
  await inTransaction(pool, async (client) => {
    for (const [tenant, ofTenant] of Map.groupBy(events, (event) => event.tenant)) {
      await insert(client, tenant, ofTenant);
    }
    for (const { reason, body } of deadLetters)
      await client.query(DEAD_LETTER, [withoutNul(reason), withoutNul(body)]);
  });
}

/** SQLSTATE class 22, data exception: the same again will fail the same way. */
export function isUnstorable(error: unknown): boolean {
  return String((error as { code?: unknown }).code ?? '').startsWith('22');
}
