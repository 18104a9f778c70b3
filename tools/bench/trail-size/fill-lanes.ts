/** A thread that makes some lanes of the trail: chains of different lanes do not know of each other. */
import { parentPort, workerData } from 'node:worker_threads';
import { laneOf } from '@patient-access/events';
import pg from 'pg';
import { BENCH_TENANT } from '../store.ts';
import { type CopiedRow, copyRows } from './copy.ts';
import { MadeChains, type MadeEvent, signersIn } from './made-chains.ts';
import { type Known, madeEvent, madeMember } from './made-events.ts';
import { monthTable } from './months.ts';

/** What the thread gets. */
export interface LanesToFill {
  connectionString: string;
  /** of the connection: what {@link OPTIONS} of fill.ts says */
  options: string;
  /** with the services' keys */
  directory: string;
  lanes: readonly number[];
  events: number;
  known: Known;
  /** ms since 1970 of the first event, and ms from one to the next */
  from: number;
  step: number;
}

/** What one COPY stores, about. */
const ROWS = 6_000;
/** The most records of a batch. */
const BATCH = 100;
const NEVER_EARLIER_MS = 1_000;

const { connectionString, options, directory, lanes, events, known, from, step } = workerData as LanesToFill;
const mine = new Set(lanes);
const chains = new MadeChains(signersIn(directory));
const client = new pg.Client({ connectionString, options });
const timeOf = (number: number) => new Date(Math.round(from + number * step));

/** Rows by the table of their month, which is not attached yet, and batches, that are not stored yet. */
const rows = new Map<string, CopiedRow[]>();
let batches: CopiedRow[] = [];
let waiting = 0;

async function store(): Promise<void> {
  for (const [table, made] of rows) await copyRows(client, `trail.${table}`, made);
  await copyRows(client, 'trail.batch', batches);
  parentPort?.postMessage({ stored: waiting });
  rows.clear();
  batches = [];
  waiting = 0;
}

/** A batch is stored at one moment, and so is in one month. */
function append(lane: number, same: readonly MadeEvent[], stored: string): void {
  for (const [service, of] of Map.groupBy(same, ({ event }) => event.service)) {
    const { rows: made, batch } = chains.append(lane, service, stored, of);
    const table = monthTable(stored);
    const there = rows.get(table) ?? [];
    rows.set(table, there);
    there.push(...made);
    batches.push(batch);
    waiting += made.length;
  }
}

const open = new Map<number, MadeEvent[]>();
const storedAt = (same: readonly MadeEvent[]) => timeOf(same.at(-1)?.number ?? 0).toISOString();

await client.connect();
for (let number = 1; number <= events; number += 1) {
  const lane = laneOf({ tenant: BENCH_TENANT, member: madeMember(number, events, known) });
  if (!mine.has(lane)) continue;
  const stored = timeOf(number);
  let same = open.get(lane) ?? [];
  const isOtherMonth = same.length > 0 && monthTable(storedAt(same)) !== monthTable(stored.toISOString());
  if (same.length === BATCH || isOtherMonth) {
    append(lane, same, storedAt(same));
    same = [];
  }
  open.set(lane, same);
  const recorded = new Date(stored.getTime() - NEVER_EARLIER_MS);
  same.push({ number, event: madeEvent(number, events, known, recorded) });
  if (waiting >= ROWS) await store();
}
for (const [lane, same] of open) if (same.length > 0) append(lane, same, storedAt(same));
await store();
await client.end();
parentPort?.postMessage({
  heads: chains.heads.map(({ hash, ...end }) => ({ ...end, hash: hash.toString('hex') })),
});
