/** A slow writer: a transaction that records an event, as administration does, and commits late. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AccessEvent } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox';
import type { System } from './system.ts';

/** Records an event in a transaction that commits after later ones. @returns the event's request id */
export async function writeSlowly(system: System, tenant: string, ms: number): Promise<string> {
  const event: AccessEvent = {
    requestId: randomUUID(),
    service: 'claims-service',
    tenant,
    recorded: new Date().toISOString(),
    kind: 'administration',
    action: 'slow-writer',
    outcome: '0',
    client: { id: 'slow-writer' },
    by: 'plan',
  };
  const client = await system.connect('claims');
  try {
    await client.query('BEGIN');
    await client.query(recordStatement([event]));
    await delay(ms);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
  return event.requestId;
}

/** The relay's progress with an event of {@link writeSlowly}. */
export const leaseOf = (system: System, requestId: string) => ({
  /** the last sequence number that the relay gave out; each lease changes it */
  async lastSequence(): Promise<string> {
    const [row] = await system.query('claims', 'SELECT last_sequence FROM outbox_producer');
    return String(row?.['last_sequence']);
  },
  /** whether the relay has leased the event */
  async isLeased(): Promise<boolean> {
    const text = 'SELECT FROM outbox WHERE request_id = $1 AND sequence IS NULL';
    return (await system.query('claims', text, [requestId])).length === 0;
  },
});
