/** A trail of any size, true to the letter: records in chains, signed batches, and a signed checkpoint over the heads. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LANES } from '@patient-access/events';
import type pg from 'pg';
import { BENCH_TENANT } from '../store.ts';
import type { LanesToFill } from './fill-lanes.ts';
import { built } from './made-chains.ts';
import type { Known } from './made-events.ts';
import { type Month, monthsUpTo } from './months.ts';

const MONTHS = 24;
const LOG_EVERY = 500_000;
const HALF_A_DAY_MS = 12 * 3_600_000;

/** Of the superuser's connection: past the triggers by which the trail is append-only. */
export const OPTIONS =
  '-c session_replication_role=replica -c synchronous_commit=off -c maintenance_work_mem=256MB';

interface Head {
  lane: number;
  seq: number;
  /** hex */
  hash: string;
}

interface End extends Head {
  /** when its last record was stored */
  stored: string;
}

const { checkpointSigner } = (await import(built('checkpoints/checkpoint.js'))) as {
  checkpointSigner(pem: string): Promise<{
    sign(statement: {
      tenant: string;
      kind: 'head';
      heads: Head[];
    }): Promise<{ jws: string; signed: string }>;
  }>;
};

/** Makes the tables empty, without indexes, and not yet parts of the trail: COPY fills them quickly. */
async function makeTables(client: pg.Client, months: readonly Month[]): Promise<void> {
  for (const { table, from, to } of months) {
    await client.query(`DROP TABLE IF EXISTS trail.${table}`);
    await client.query('SELECT trail.month_table($1, $2, $3)', [table, from, to]);
  }
}

/** Makes their indexes, too. */
async function attachTables(client: pg.Client, months: readonly Month[]): Promise<void> {
  for (const { table, from, to } of months)
    await client.query('SELECT trail.attach_month($1, $2, $3)', [table, from, to]);
}

/** @returns the ends of the chains of its lanes */
function fillLanes(lanes: LanesToFill, onStored: (rows: number) => void): Promise<End[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('fill-lanes.ts', import.meta.url), { workerData: lanes });
    let heads: End[] = [];
    worker.on('message', (message: { stored: number } | { heads: End[] }) => {
      if ('stored' in message) onStored(message.stored);
      else heads = message.heads;
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve(heads));
  });
}

async function storeHeads(client: pg.Client, ends: End[], checkpointKey: string) {
  for (const { lane, seq, hash, stored } of ends)
    await client.query('INSERT INTO trail.chain_head VALUES ($1, $2, $3, $4, $5)', [
      ...[BENCH_TENANT, lane, seq, Buffer.from(hash, 'hex'), stored],
    ]);
  const signer = await checkpointSigner(checkpointKey);
  const heads = ends.map(({ lane, seq, hash }) => ({ lane, seq, hash }));
  const { jws, signed } = await signer.sign({ tenant: BENCH_TENANT, kind: 'head', heads });
  const records = heads.reduce((sum, { seq }) => sum + seq, 0);
  await client.query('INSERT INTO trail.checkpoint VALUES ($1, $2, $3, $4, $5)', [
    ...[BENCH_TENANT, records, 'head', signed, jws],
  ]);
}

export interface TrailToFill {
  /** the superuser's */
  connectionString: string;
  /** with the private keys of the services, as {@link signersIn} reads them */
  directory: string;
  /** PEM */
  checkpointKey: string;
  events: number;
  known: Known;
}

/**
 * Makes the tenant's trail anew, of `events` in true chains, evenly over two years, half a day ago the last.
 *
 * @param client connection of the superuser, with {@link OPTIONS} @returns the seconds that it took
 */
export async function fill(
  client: pg.Client,
  { connectionString, directory, checkpointKey, events, known }: TrailToFill,
): Promise<number> {
  const startedAt = performance.now();
  await client.query(
    'TRUNCATE trail.audit_event, trail.batch, trail.checkpoint, trail.chain_head, trail.transfer',
  );
  const until = new Date(Date.now() - HALF_A_DAY_MS);
  const months = monthsUpTo(until, MONTHS);
  await makeTables(client, months);
  const from = new Date(until);
  from.setUTCMonth(from.getUTCMonth() - MONTHS);
  const step = (until.getTime() - from.getTime()) / events;
  const threads = Math.min(availableParallelism(), LANES);
  let stored = 0;
  const onStored = (rows: number) => {
    if (Math.floor((stored + rows) / LOG_EVERY) > Math.floor(stored / LOG_EVERY))
      console.error(`trail-size: ${stored + rows} of ${events} events`);
    stored += rows;
  };
  const heads = await Promise.all(
    Array.from({ length: threads }, (_, nth) => {
      const lanes = Array.from({ length: LANES }, (__, lane) => lane).filter(
        (lane) => lane % threads === nth,
      );
      const options = OPTIONS;
      return fillLanes(
        { connectionString, options, directory, lanes, events, known, from: from.getTime(), step },
        onStored,
      );
    }),
  );
  await attachTables(client, months);
  const ascending = heads.flat().sort((one, other) => one.lane - other.lane);
  await storeHeads(client, ascending, checkpointKey);
  await client.query('VACUUM (ANALYZE) trail.audit_event, trail.batch');
  return (performance.now() - startedAt) / 1_000;
}
