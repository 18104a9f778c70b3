/** A record as the database gives it, and the AuditEvent that is made of it when somebody reads. */
import { eventOf } from '@patient-access/events';
import { storedBody } from '@patient-access/fhir-store';
import { auditEvent } from './audit-event.ts';

/** SQL of what {@link auditEventOf} reads, of a row of trail.audit_event. */
export const storedEvent = (row: string): string =>
  `${row}.id || ' ' || (extract(epoch FROM ${row}.stored) * 1000)::bigint || ' ' || ${row}.record`;

const STORED = /^(\S+) (\d+) (.+)$/s;
/** An AuditEvent never changes: it has this version and no other. */
export const VERSION = '1';

/** @returns the JSON that is served */
export const auditEventBody = (id: string, stored: Date, record: string): string =>
  storedBody(auditEvent(eventOf(record), id), VERSION, stored.toISOString());

/** @param text {@link storedEvent}: the id, a space, the time of storing in ms, a space, and the record */
export function auditEventOf(text: Buffer): Buffer {
  const [, id = '', stored, record = ''] = STORED.exec(text.toString()) ?? [];
  return Buffer.from(auditEventBody(id, new Date(Number(stored)), record));
}
