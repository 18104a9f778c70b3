/** A slow writer: a transaction that records an event, as administration does, and takes its time to commit. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AccessEvent } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox';
import type { System } from './system.ts';

/** @returns the request id of an event that is recorded by a transaction which others overtake */
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

/** What has become of an event of {@link writeSlowly}. */
export const claimed = (system: System, requestId: string) => ({
  /** how far the relay's numbers have come: another value after each claim */
  async claims(): Promise<string> {
    const [row] = await system.query('claims', 'SELECT last_sequence FROM outbox_producer');
    return String(row?.['last_sequence']);
  },
  /** whether the relay has taken it */
  async numbered(): Promise<boolean> {
    const text = 'SELECT FROM outbox WHERE request_id = $1 AND sequence IS NULL';
    return (await system.query('claims', text, [requestId])).length === 0;
  },
});
