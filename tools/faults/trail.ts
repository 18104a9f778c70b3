/** Where events are, as the databases have it: waiting in the outboxes, and stored by audit-service. */
import type { AccessEvent } from '@patient-access/events';
import { DATABASES } from '@patient-access/topology';
import type { System } from './system.ts';

/** A record of the trail, as far as the test looks at it. */
export interface StoredAuditEvent {
  requestId: string;
  service: string;
  /** whether the event is about a FHIR interaction */
  isRest: boolean;
  bodyHash?: string;
  /** of a search: the probe in the request that the event names */
  probe?: string;
}

function stored({ record }: { record: string }): StoredAuditEvent {
  const { requestId, service, kind, bodyHash, request = '' } = JSON.parse(record) as AccessEvent;
  const probe = /[?&]probe=([\w-]+)/.exec(request)?.[1];
  return {
    requestId,
    service,
    isRest: kind === 'rest',
    ...(bodyHash !== undefined && { bodyHash }),
    ...(probe !== undefined && { probe }),
  };
}

/** An event in an outbox. */
export interface Waiting {
  requestId: string;
  service: string;
  sequence: string;
  /** of a row without a number it is one that no process has */
  producer: string;
}

const WAITING = `SELECT body::json ->> 'requestId' AS "requestId", body::json ->> 'service' AS service, sequence,
                        $1 || '-service/' || producer AS producer
                   FROM outbox WHERE (body::json ->> 'recorded')::timestamptz >= $2`;

/** @param since only events that were recorded at this time or later */
export async function waitingSince(system: System, since: Date): Promise<Waiting[]> {
  const all = await Promise.all(
    DATABASES.map((database) => system.query(database, WAITING, [database, since])),
  );
  return all.flat() as unknown as Waiting[];
}

const ARRIVED = `SELECT w.nth::integer FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS w (producer, sequence, nth)
                  WHERE EXISTS (SELECT FROM producer p WHERE p.name = w.producer AND w.sequence <= p.through)
                     OR EXISTS (SELECT FROM trail.batch b WHERE b.producer = w.producer AND w.sequence = ANY (b.sequences))
                     OR EXISTS (SELECT FROM arrival a WHERE a.producer = w.producer AND a.sequence = w.sequence)`;

/** @returns the events that audit-service counts as arrived */
export async function countedAsArrived(system: System, waiting: readonly Waiting[]): Promise<Waiting[]> {
  const values = [waiting.map(({ producer }) => producer), waiting.map(({ sequence }) => sequence)];
  const rows = await system.query('audit', ARRIVED, values);
  return rows.flatMap((row) => waiting[Number(row['nth']) - 1] ?? []);
}

/** @param since only events that were recorded at this time or later */
export async function storedSince(system: System, since: Date): Promise<StoredAuditEvent[]> {
  const rows = await system.query('audit', 'SELECT record FROM trail.audit_event WHERE recorded >= $1', [
    since,
  ]);
  return rows.map((row) => stored(row as { record: string }));
}
