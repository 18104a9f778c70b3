/** `npm run bench -- idle`: what an installation uses that nobody asks. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type BenchInstallation, withInstallation } from './installation.ts';
import type { BenchOptions } from './options.ts';
import { type CpuMicroseconds, cpuPerRequest, usage } from './processes.ts';
import { markdownTable } from './report.ts';
import { spread } from './statistics.ts';

const POPULATION = 50;
/** V8 tidies up for a minute after a start, and what looks for work becomes slow by and by. */
const SETTLE_MS = 120_000;
const QUICK_SETTLE_MS = 1_000;
/** A tick of the processor time is 10 ms, so a short round says little. */
const SECONDS_FACTOR = 5;
const MICROSECONDS_PER_PERCENT = 10_000;
const TRANSACTIONS = `SELECT sum(xact_commit + xact_rollback) AS count FROM pg_stat_database WHERE datname !~ '^(postgres|template)'`;

interface IdleRound {
  /** percent of one core, by process */
  percent: CpuMicroseconds;
  transactionsPerSecond: number;
}

async function transactions(installation: BenchInstallation): Promise<number> {
  const client = new pg.Client({ connectionString: installation.database('postgres') });
  await client.connect();
  try {
    return Number((await client.query<{ count: string }>(TRANSACTIONS)).rows[0]?.count);
  } finally {
    await client.end();
  }
}

async function idleRound(installation: BenchInstallation, seconds: number): Promise<IdleRound> {
  const [before, first] = [usage(installation.pids), await transactions(installation)];
  await delay(seconds * 1_000);
  const perSecond = cpuPerRequest(before, usage(installation.pids), seconds);
  const percent = Object.entries(perSecond).map(([name, used]) => [name, used / MICROSECONDS_PER_PERCENT]);
  return {
    percent: Object.fromEntries(percent) as CpuMicroseconds,
    transactionsPerSecond: ((await transactions(installation)) - first) / seconds,
  };
}

function shownOf(results: readonly IdleRound[]): string {
  const names = [...new Set(results.flatMap(({ percent }) => Object.keys(percent)))].sort();
  const row = (name: string, values: number[]) => {
    const { median, low, high } = spread(values);
    return [name, median.toFixed(2), `${low.toFixed(2)}–${high.toFixed(2)}`];
  };
  const sum = ({ percent }: IdleRound) => Object.values(percent).reduce((total, each) => total + each, 0);
  return markdownTable(
    ['% of a core', 'median', 'range'],
    [
      ...names.map((name) =>
        row(
          name,
          results.map(({ percent }) => percent[name] ?? 0),
        ),
      ),
      row('all', results.map(sum)),
      row(
        'transactions/s',
        results.map(({ transactionsPerSecond }) => transactionsPerSecond),
      ),
    ],
  );
}

/** Processor time by process, and transactions of the services' databases, while nothing is asked. */
export async function measureIdle({ seed, rounds, seconds, quick }: BenchOptions) {
  return withInstallation({ members: POPULATION, seed }, async (installation) => {
    await delay(quick ? QUICK_SETTLE_MS : SETTLE_MS);
    const results: IdleRound[] = [];
    for (let round = 0; round < rounds; round += 1)
      results.push(await idleRound(installation, seconds * SECONDS_FACTOR));
    return { results, shown: shownOf(results) };
  });
}
