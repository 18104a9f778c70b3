/** A slow writer: a transaction that records an event, as an import does, and commits late. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AccessEvent } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import type { System } from './system.ts';

/** Records an event in a transaction that commits after later ones. @returns the event's request id */
export async function writeSlowly(system: System, tenant: string, ms: number): Promise<string> {
  const event: AccessEvent = {
    requestId: randomUUID(),
    service: 'claims-service',
    tenant,
    recorded: new Date().toISOString(),
    kind: 'ingest',
    action: 'import',
    outcome: '0',
    user: { iss: 'urn:payer-patient-access:feed', sub: 'slow-writer' },
    counts: {},
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

/** Records an event of no request in a transaction of its own, which commits at once. */
export const writeNow = (system: System, tenant: string): Promise<string> => writeSlowly(system, tenant, 0);

/** @returns whether the event of {@link writeSlowly} has got its number */
export async function isNumbered(system: System, requestId: string): Promise<boolean> {
  const text = `SELECT FROM outbox WHERE body::json ->> 'requestId' = $1 AND producer = '00000000-0000-0000-0000-000000000000'`;
  return (await system.query('claims', text, [requestId])).length === 0;
}
