/** What a record can be searched and counted by, read off its event: columns of trail.audit_event. */
import { type AccessEvent, audienceLabels, type RecordedEvent } from '@patient-access/events';
import { needing } from '@patient-access/fhir';
import { actingClient, auditEvent, auditEventId } from './audit-event.ts';
import { termsOf } from './term.ts';

/** What is about no member is for auditors only; no Patient can have this id (`~` is not legal in one). */
export const WITHOUT_MEMBER = '~';

/** SQL: an event is stored after it was recorded, except that clocks may differ by this much. trail.append allows the same. */
export const CLOCKS_DIFFER = "interval '7 days'";

/**
 * SQL: is it a row of this kind? Not for reads (`rest`), which are most rows: the index of kinds leaves them out, and Postgres
 * uses it where the statement says so, too.
 *
 * @param row its alias @param kind an expression
 */
export const isOfKind = (row: string, kind: string): string =>
  `${row}.kind = ${kind} AND ${row}.kind <> 'rest'`;

/** An event, and where its producer put it. */
export interface PlacedEvent {
  event: RecordedEvent;
  producer: string;
  /** among those of its producer */
  number: number;
}

export interface Columns {
  id: string;
  /** ISO 8601, milliseconds, UTC */
  recorded: string;
  /** the Patient id it is about, or {@link WITHOUT_MEMBER} */
  member: string;
  kind: string;
  act: string;
  outcome: string;
  reason: string | null;
  service: string;
  /** client id of the app that acted */
  client: string | null;
  /** subject of the login that acted */
  login: string | null;
  grant_id: string | null;
  /** how many resources left the house */
  disclosed: number;
  /** in the notation of {@link needing}: the labels that an app needs to see it; null: none */
  audience: string[] | null;
  /** {@link termsOf} its AuditEvent */
  terms: string[];
}

const orNull = (text: string | undefined): string | null => text ?? null;
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0);

const appOf = (event: AccessEvent): string | null =>
  event.kind === 'ingest' ? null : orNull(actingClient(event)?.id);

/** From here on Postgres rounds half a millisecond up, and before it down: it counts from here. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0);

/**
 * @param recorded ISO 8601, UTC, as fine as it likes: of a record that was stored when that was taken in
 * @returns what Postgres keeps of it in a column of milliseconds, in milliseconds since 1970. Postgres rounds, first to
 *   microseconds and then to milliseconds; `Date` cuts off
 */
export function keptMoment(recorded: string): number {
  const [, whole = recorded, fraction = '0'] = /^(.*)\.(\d+)Z$/.exec(recorded) ?? [];
  const seconds = Date.parse(whole.endsWith('Z') ? whole : `${whole}Z`);
  const micros = Math.round(Number(`0.${fraction}`) * 1e6);
  return seconds + (seconds < POSTGRES_EPOCH_MS ? Math.ceil(micros / 1000 - 0.5) : Math.round(micros / 1000));
}

/** Only members' own trails are shown to apps. */
function audienceOf(event: AccessEvent): string[] | null {
  const labels = event.member === undefined ? [] : audienceLabels(event);
  return labels.length > 0 ? [...needing(labels)] : null;
}

/** The same record always gives the same columns: a verifier compares what is stored beside it with these. */
export function columnsOf({ event, producer, number }: PlacedEvent): Columns {
  const id = auditEventId(event, producer, number);
  return {
    id,
    recorded: event.recorded,
    member: event.member ?? WITHOUT_MEMBER,
    kind: event.kind,
    act: event.action,
    outcome: event.outcome,
    reason: orNull(event.reason),
    service: event.service,
    client: appOf(event),
    login: orNull(event.user?.sub),
    grant_id: orNull(event.grantId),
    disclosed: event.kind === 'rest' ? sum(event.counts ?? {}) : 0,
    audience: audienceOf(event),
    terms: termsOf(auditEvent(event, id)),
  };
}
