/** A record as the database gives it, and the AuditEvent that is made of it when somebody reads. */
import { eventOf } from '@patient-access/events';
import { storedBody } from '@patient-access/fhir-store/ingest';
import { auditEvent } from './audit-event.ts';
import { interruptionOf } from './interruption.ts';

/** SQL of what {@link auditEventOf} reads, of a row of trail.audit_event. */
export const storedEvent = (row: string): string =>
  `${row}.id || ' ' || (extract(epoch FROM ${row}.stored) * 1000)::bigint ||
   coalesce('!' || replace(${interruptionOf(row)}, ' ', '-'), '') || ' ' || ${row}.record`;

const STORED = /^([^ ]+) (\d+)(?:!([^ ]*))? (.+)$/s;
/** In a reason that was stored before none could be in what arrives; a code of FHIR has none of it. */
const NOT_IN_CODES = /[\s\p{Cc}]/gu;
/** An AuditEvent never changes: it has this version and no other. */
export const VERSION = '1';

/** A record of the trail, and what another record says of it. */
interface StoredEvent {
  id: string;
  stored: Date;
  record: string;
  /** why its answer broke off */
  interrupted: string | null;
}

/** @returns the JSON that is served */
export const auditEventBody = ({ id, stored, record, interrupted }: StoredEvent): string =>
  storedBody(auditEvent(eventOf(record), id, interrupted ?? undefined), VERSION, stored.toISOString());

/**
 * @param text {@link storedEvent}: the id, a space, the time of storing in ms, of an answer that broke off `!` and why, a
 *   space, and the record
 */
export function auditEventOf(text: Buffer): Buffer {
  const [, id = '', stored, interrupted, record = ''] = STORED.exec(text.toString()) ?? [];
  const why = interrupted?.replaceAll(NOT_IN_CODES, '-') ?? null;
  return Buffer.from(auditEventBody({ id, stored: new Date(Number(stored)), record, interrupted: why }));
}
