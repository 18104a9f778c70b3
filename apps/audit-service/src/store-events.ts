import { inTransaction, type Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { storedBody } from '@patient-access/fhir-store';
import type pg from 'pg';
import { auditEvent } from './audit-event.ts';
import { columnsOf } from './columns.ts';

/** What is about no member is for auditors only; no Patient can have this id (`~` is not legal in one). */
const NO_MEMBER = '~';
/** Stands where the database writes the time of storing, which it alone decides. */
const STORED = '(stored)';

/** A whole delivery of one tenant in one statement: trail.append finds what is new, chains it and stores it. */
const APPEND = { name: 'append-audit-events', text: 'SELECT trail.append($1, $2, $3, $4)' };

/** An event as trail.append takes it. */
function row(event: AccessEvent) {
  const resource = auditEvent(event);
  const body = storedBody(resource, 1, STORED);
  const at = body.indexOf(STORED);
  return {
    id: resource.id,
    member: event.member ?? NO_MEMBER,
    ...columnsOf(resource),
    head: body.slice(0, at),
    tail: body.slice(at + STORED.length),
  };
}

async function append(client: pg.PoolClient, tenant: string, events: readonly AccessEvent[]): Promise<void> {
  // The same event twice in one delivery is one event.
  const byKey = new Map(events.map((event) => [`${event.requestId} ${event.service}`, event]));
  const rows = [...byKey.values()].map(row);
  const [earliest] = rows.map(({ recorded }) => recorded).sort();
  await client.query({
    ...APPEND,
    values: [tenant, rows.map(({ id }) => id), earliest, JSON.stringify(rows)],
  });
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
  // Tenants in one order, so that deliveries wait for one another and never each for the other.
  const byTenant = [...Map.groupBy(events, (event) => event.tenant)].sort(([a], [b]) => (a < b ? -1 : 1));
  await inTransaction(pool, async (client) => {
    for (const [tenant, ofTenant] of byTenant) await append(client, tenant, ofTenant);
    for (const { reason, body } of deadLetters)
      await client.query(DEAD_LETTER, [withoutNul(reason), withoutNul(body)]);
  });
}

/** SQLSTATE class 22, data exception: the same again will fail the same way. */
export function isUnstorable(error: unknown): boolean {
  return String((error as { code?: unknown }).code ?? '').startsWith('22');
}
