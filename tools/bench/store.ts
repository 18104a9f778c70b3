/** One owner's database on a Postgres of its own, filled by this process, for measurements without services. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createPool, type DatabaseUrls, provisionDatabase } from '@patient-access/database';
import { alone, Ingest, type IngestItem } from '@patient-access/fhir-store/ingest';
import { migrate } from '@patient-access/migrate';
import { population } from '@patient-access/population';
import { adminUrl, reachableTemporary, startPostgres } from '@patient-access/testing';
import { measuredPostgres } from './config.ts';

export const BENCH_TENANT = 'northwind';
const BATCH = 500;
const INGEST_TIMEOUT_MS = 60_000;

/**
 * Runs `work` on an empty, migrated database whose commits reach the disk.
 *
 * @param work also gets the superuser's URL
 */
export async function withStore<Result>(
  work: (urls: DatabaseUrls, adminUrl: string) => Promise<Result>,
): Promise<Result> {
  const directory = reachableTemporary('patient-access-bench-');
  const postgres = await startPostgres({ dir: join(directory, 'postgres'), programs: measuredPostgres });
  try {
    const urls = await provisionDatabase(postgres.adminUrl, 'claims', (role) => `${role}-bench`);
    await migrate('claims-service', urls.owner);
    return await work(urls, adminUrl(postgres.port, 'claims'));
  } finally {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns the first `resources` of an endless population, as NDJSON lines */
export function* lines(resources: number, seed: number): Generator<string> {
  let left = resources;
  for (const resource of population({ tenant: BENCH_TENANT, members: resources, seed })) {
    if (left === 0) return;
    left -= 1;
    yield JSON.stringify(resource);
  }
}

export interface StoreResult {
  resources: number;
  rejected: number;
  /** time in parsing and in {@link Ingest}, without the time for making the lines */
  seconds: number;
}

/** Parses and stores lines in batches, as an import does. */
export async function store(urls: DatabaseUrls, input: Iterable<string>): Promise<StoreResult> {
  const pool = await createPool(urls.ingest, { max: 2, statementTimeoutMs: INGEST_TIMEOUT_MS });
  const ingest = new Ingest(alone(pool), BENCH_TENANT);
  const total: StoreResult = { resources: 0, rejected: 0, seconds: 0 };
  const flush = async (batch: string[]) => {
    const startedAt = performance.now();
    const items = batch.map((line, origin): IngestItem<number> => ({ resource: JSON.parse(line), origin }));
    const results = await ingest.store(items);
    total.seconds += (performance.now() - startedAt) / 1000;
    total.resources += results.length;
    total.rejected += results.filter(({ status }) => status === 'rejected').length;
  };
  try {
    let batch: string[] = [];
    for (const line of input) {
      if (batch.push(line) < BATCH) continue;
      await flush(batch);
      batch = [];
    }
    if (batch.length > 0) await flush(batch);
    return total;
  } finally {
    await pool.end();
  }
}
