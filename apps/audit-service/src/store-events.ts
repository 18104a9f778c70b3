import type { Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { definitions, indexRows, type Resource } from '@patient-access/fhir';
import { auditEvent } from './audit-event.ts';

/** What is about no member is for auditors only; no Patient can have this id (`~` is not legal in one). */
export const NO_MEMBER = '~';

const INSERT_RESOURCE = {
  name: 'insert-audit-event',
  text: `INSERT INTO resource (tenant, member, type, id, version, last_updated, body, hash)
         VALUES ($1, $2, 'AuditEvent', $3, 1, $4, $5, sha256(convert_to($5, 'UTF8')))
         ON CONFLICT (tenant, type, id) DO NOTHING`,
};
const INSERT_VALUES = {
  name: 'insert-audit-event-values',
  text: `INSERT INTO search_value (tenant, member, type, parameter, system, value, low, high, id)
         SELECT $1, $2, 'AuditEvent', v.parameter, v.system, v.value, v.low, v.high, $3
           FROM jsonb_to_recordset($4::jsonb)
             AS v (parameter text, system text, value text, low timestamptz, high timestamptz)`,
};

const definition = definitions.get('AuditEvent');

async function insert(client: { query: Pool['query'] }, event: AccessEvent): Promise<void> {
  const resource: Resource = auditEvent(event);
  const member = event.member ?? NO_MEMBER;
  const now = new Date().toISOString();
  const { resourceType, id, meta, ...content } = resource;
  const body = JSON.stringify({
    resourceType,
    id,
    meta: { ...meta, versionId: '1', lastUpdated: now },
    ...content,
  });
  await client.query("SELECT set_config('app.tenant', $1, true)", [event.tenant]);
  const { rowCount } = await client.query({
    ...INSERT_RESOURCE,
    values: [event.tenant, member, id, now, body],
  });
  if (rowCount === 0 || !definition) return;
  const rows = JSON.stringify(indexRows(definition, resource));
  await client.query({ ...INSERT_VALUES, values: [event.tenant, member, id, rows] });
}

/**
 * Stores events, each (tenant, request id, service) once however often it is delivered. All or none: when this
 * rejects, the sender delivers all of them again.
 */
export async function storeEvents(pool: Pool, events: readonly AccessEvent[]): Promise<void> {
  if (events.length === 0) return;
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    for (const event of events) await insert(client as unknown as { query: Pool['query'] }, event);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

const DEAD_LETTER = 'INSERT INTO dead_letter (reason, body) VALUES ($1, $2)';

/** Keeps what is no access event where a person can see it, so that it holds up nothing. */
export async function storeDeadLetter(pool: Pool, reason: string, body: string): Promise<void> {
  await pool.query(DEAD_LETTER, [reason, body]);
}
