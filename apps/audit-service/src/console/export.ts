/**
 * The exports of the console: the events of a filter up to a sequence number, as CSV and NDJSON, and a manifest with
 * the SHA-256 of both files. The trail only grows, so the same address always gives the same bytes.
 */
import { hash } from 'node:crypto';
import { csv } from '@patient-access/pages';
import { LANES } from '@patient-access/events';
import { auditEventBody } from '../stored-event.ts';
import { appName, countsOf, eventIn, outcomeOf, personOf, requestOf } from './event-view.ts';
import { chainHeads, type ConsoleEvent, inOrder } from './facts.ts';
import { type Filter, linkOf } from './filter.ts';

/** The most events in one export: more would not help a reader, and would make the response too large. */
const MAX_EVENTS = 10_000;
const CHUNK = 1_000;

/** Runs one statement as the auditor role for one tenant. */
export type Ask = <Row>(statement: { text: string; values: unknown[] }) => Promise<Row[]>;

/** The end of one lane's chain. */
export interface LaneHead {
  lane: number;
  seq: string;
  hash: string;
}

/** @returns the ends of the chains; a lane in which nothing happened has none */
export const headsOf = (ask: Ask, tenant: string): Promise<LaneHead[]> => ask<LaneHead>(chainHeads(tenant));

/** @returns the filter's `upto`: the numbers of all lanes, with dots between them */
export function uptoOf(heads: readonly LaneHead[]): string {
  const seqOf = new Map(heads.map(({ lane, seq }) => [lane, seq]));
  return Array.from({ length: LANES }, (_, lane) => seqOf.get(lane) ?? '0').join('.');
}

/** @returns at most {@link MAX_EVENTS}, the oldest first */
export async function eventsOf(
  ask: Ask,
  tenant: string,
  filter: Filter,
): Promise<{ events: ConsoleEvent[]; complete: boolean }> {
  const events: ConsoleEvent[] = [];
  while (events.length <= MAX_EVENTS) {
    const more = await ask<ConsoleEvent>(inOrder(tenant, filter, events.at(-1), CHUNK));
    events.push(...more);
    if (more.length < CHUNK) break;
  }
  return { events: events.slice(0, MAX_EVENTS), complete: events.length <= MAX_EVENTS };
}

const HEADER = [
  'lane',
  'sequence',
  'recorded',
  'stored',
  'id',
  'request',
  'patient',
  'kind',
  'act',
  'outcome',
  'reason',
  'service',
  'app',
  'app name',
  'person',
  'grant',
  'address',
  'disclosed',
  'resources',
  'asked',
];

export function asCsv(events: readonly ConsoleEvent[]): string {
  const rows = events.map((stored) => {
    const event = eventIn(stored);
    return [
      stored.lane,
      stored.seq,
      stored.recorded,
      stored.stored,
      stored.id,
      event.requestId,
      event.member ?? '',
      stored.kind,
      stored.act,
      outcomeOf(stored),
      stored.reason,
      stored.service,
      stored.client,
      appName(event),
      personOf(event),
      stored.grant_id,
      event.address ?? '',
      stored.disclosed,
      countsOf(event),
      requestOf(event),
    ];
  });
  return csv(HEADER, rows);
}

/** AuditEvents as they are served, one a line. */
export const asNdjson = (events: readonly ConsoleEvent[]): string =>
  events.map(({ id, stored, record }) => `${auditEventBody(id, stored, record)}\n`).join('');

const file = (name: string, text: string) => {
  const bytes = Buffer.from(text);
  return { name, bytes: bytes.length, sha256: hash('sha256', bytes, 'hex') };
};

/** @param heads the ends of the chains now: whoever has their checkpoints can tell that nothing was left out before */
export function manifest(
  about: { tenant: string; filter: Filter; heads: readonly LaneHead[]; complete: boolean },
  events: readonly ConsoleEvent[],
): string {
  const { tenant, filter, heads, complete } = about;
  const placeOf = (event?: ConsoleEvent) => (event ? { lane: event.lane, sequence: event.seq } : null);
  const content = {
    tenant,
    filter: Object.fromEntries(linkOf(filter)),
    complete,
    events: events.length,
    first: placeOf(events[0]),
    last: placeOf(events.at(-1)),
    chains: heads.map(({ lane, seq, hash: sha256 }) => ({ lane, sequence: seq, sha256 })),
    files: [file('events.csv', asCsv(events)), file('events.ndjson', asNdjson(events))],
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
