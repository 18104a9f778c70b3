/**
 * The exports of the console: the events of a filter up to a sequence number, as CSV and NDJSON, and a manifest with
 * the SHA-256 of both files. The trail only grows, so the same address always gives the same bytes.
 */
import { hash } from 'node:crypto';
import { csv } from '@patient-access/pages';
import { appName, countsOf, outcomeOf, personOf, requestIdOf, requestOf } from './event-view.ts';
import { chainHead, type ConsoleEvent, inOrder } from './facts.ts';
import { type Filter, linkOf } from './filter.ts';

/** The most events in one export: more would not help a reader, and would make the response too large. */
const MAX_EVENTS = 10_000;
const CHUNK = 1_000;

/** Runs one statement as the auditor role for one tenant. */
export type Ask = <Row>(statement: { text: string; values: unknown[] }) => Promise<Row[]>;

export interface Head {
  seq: string;
  hash: string;
}

/** @returns the head of the chain; sequence 0 for a plan without events */
export async function headOf(ask: Ask, tenant: string): Promise<Head> {
  const [head] = await ask<Head>(chainHead(tenant));
  return head ?? { seq: '0', hash: '' };
}

/** @returns at most {@link MAX_EVENTS}, the oldest first */
export async function eventsOf(
  ask: Ask,
  tenant: string,
  filter: Filter,
): Promise<{ events: ConsoleEvent[]; complete: boolean }> {
  const events: ConsoleEvent[] = [];
  while (events.length <= MAX_EVENTS) {
    const more = await ask<ConsoleEvent>(inOrder(tenant, filter, events.at(-1)?.seq ?? '0', CHUNK));
    events.push(...more);
    if (more.length < CHUNK) break;
  }
  return { events: events.slice(0, MAX_EVENTS), complete: events.length <= MAX_EVENTS };
}

const HEADER = [
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
  const rows = events.map((event) => {
    const { body, client } = event;
    return [
      event.seq,
      event.recorded,
      event.stored,
      event.id,
      requestIdOf(body),
      event.member === '~' ? '' : event.member,
      event.kind,
      event.act,
      outcomeOf(event),
      event.reason,
      event.service,
      client,
      appName(body, client),
      personOf(body),
      event.grant_id,
      event.address,
      event.disclosed,
      countsOf(body),
      requestOf(body),
    ];
  });
  return csv(HEADER, rows);
}

/** The AuditEvents as they are stored, one on each line. */
export const asNdjson = (events: readonly ConsoleEvent[]): string =>
  events.map(({ body }) => `${body}\n`).join('');

const file = (name: string, text: string) => {
  const bytes = Buffer.from(text);
  return { name, bytes: bytes.length, sha256: hash('sha256', bytes, 'hex') };
};

/** @param head the current head; with its checkpoints, an auditor can verify that no event before it was left out */
export function manifest(
  about: { tenant: string; filter: Filter; head: Head; complete: boolean },
  events: readonly ConsoleEvent[],
): string {
  const { tenant, filter, head, complete } = about;
  const content = {
    tenant,
    filter: Object.fromEntries(linkOf(filter)),
    complete,
    events: events.length,
    first: events[0]?.seq ?? null,
    last: events.at(-1)?.seq ?? null,
    chain: { sequence: head.seq, sha256: head.hash },
    files: [file('events.csv', asCsv(events)), file('events.ndjson', asNdjson(events))],
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
