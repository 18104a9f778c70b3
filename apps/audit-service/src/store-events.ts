import type { AccessEvent } from '@patient-access/events';
import { storedBody } from '@patient-access/fhir-store';
import type pg from 'pg';
import { auditEvent } from './audit-event.ts';
import { columnsOf } from './columns.ts';
import { countTransfers } from './transfers.ts';

/** What is about no member is for auditors only; no Patient can have this id (`~` is not legal in one). */
const NO_MEMBER = '~';
/** Stands where the database writes the time of storing, which it alone decides. */
const STORED = '(stored)';

/** A whole delivery of one tenant in one statement: trail.append finds what is new, chains it and stores it. */
const APPEND = { name: 'append-audit-events', text: 'SELECT trail.append($1, $2, $3, $4, $5, $6)' };

/** An event as trail.append takes it: its columns, and its body up to the time of storing and from there on. */
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

/** One a line: JSON has no line break. */
const lines = (texts: readonly string[]) => texts.join('\n');

async function append(client: pg.PoolClient, tenant: string, events: readonly AccessEvent[]): Promise<void> {
  // The same event twice in one delivery is one event.
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

/** Stores events in a transaction of the caller's, each (tenant, request id, service) once however often it comes. */
export async function storeEvents(client: pg.PoolClient, events: readonly AccessEvent[]): Promise<void> {
  // Tenants in one order, so that deliveries wait for one another and never each for the other.
  const byTenant = [...Map.groupBy(events, (event) => event.tenant)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [tenant, ofTenant] of byTenant) {
    await append(client, tenant, ofTenant);
    await countTransfers(client, tenant, ofTenant);
  }
}

/** SQLSTATE class 22, data exception: the same again will fail the same way. */
export function isUnstorable(error: unknown): boolean {
  return String((error as { code?: unknown }).code ?? '').startsWith('22');
}
