import type { AccessEvent } from '@patient-access/events';
import { storedBody } from '@patient-access/fhir-store';
import type pg from 'pg';
import { auditEvent } from './audit-event.ts';
import { columnsOf } from './columns.ts';
import { countTransfers } from './transfers.ts';

/** The member of an event about no member. A Patient id cannot contain `~`, so only auditors see such an event. */
const NO_MEMBER = '~';
/** A placeholder for the time of storing. The database writes the time in its place. */
const STORED = '(stored)';

/**
 * Appends a delivery of one tenant in one statement. trail.append finds the new events, chains them and stores them.
 */
const APPEND = { name: 'append-audit-events', text: 'SELECT trail.append($1, $2, $3, $4, $5, $6)' };

/** An event in the form that trail.append takes: the columns, and the body before and after the time of storing. */
function appended(event: AccessEvent) {
  const resource = auditEvent(event);
  const body = storedBody(resource, '1', STORED);
  const at = body.indexOf(STORED);
  return {
    columns: { id: resource.id, member: event.member ?? NO_MEMBER, ...columnsOf(resource) },
    head: body.slice(0, at),
    tail: body.slice(at + STORED.length),
  };
}

/** Joins JSON texts with line breaks, which JSON itself does not contain. */
const lines = (texts: readonly string[]) => texts.join('\n');

async function append(client: pg.PoolClient, tenant: string, events: readonly AccessEvent[]): Promise<void> {
  // An event that occurs twice in one delivery is stored once.
  const byKey = new Map(events.map((event) => [`${event.requestId} ${event.service}`, event]));
  const all = [...byKey.values()].map(appended);
  const columns = all.map((each) => each.columns);
  const [earliest] = columns.map(({ recorded }) => recorded).sort();
  await client.query({
    ...APPEND,
    values: [
      tenant,
      columns.map(({ id }) => id),
      earliest,
      JSON.stringify(columns),
      lines(all.map(({ head }) => head)),
      lines(all.map(({ tail }) => tail)),
    ],
  });
}

/**
 * Stores events in the caller's transaction. Each (tenant, request id, service) is stored once, however often it
 * arrives.
 */
export async function storeEvents(client: pg.PoolClient, events: readonly AccessEvent[]): Promise<void> {
  // All deliveries take the tenants in the same order, so that no two of them wait for each other (deadlock).
  const byTenant = [...Map.groupBy(events, (event) => event.tenant)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [tenant, ofTenant] of byTenant) {
    await append(client, tenant, ofTenant);
    await countTransfers(client, tenant, ofTenant);
  }
}

/** SQLSTATE class 22 is a data exception: the same data will fail again in the same way. */
export function isUnstorable(error: unknown): boolean {
  return String((error as { code?: unknown }).code ?? '').startsWith('22');
}
