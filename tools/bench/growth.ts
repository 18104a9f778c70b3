import { createPool, type DatabaseUrls } from '@patient-access/database';
import { pageStatement, readScoped, readStatement, recordStatement } from '@patient-access/fhir-store';
import { previewMembers } from '@patient-access/population';
import pg from 'pg';
import type { Options } from './options.ts';
import { table } from './report.ts';
import { percentile } from './statistics.ts';
import { lines, store, TENANT, withStore } from './store.ts';

const SIZES = [10_000, 300_000];
const QUICK_SIZES = [2_000, 4_000];
const REPETITIONS = 500;
const PAGE = 50;
const TYPE = 'ExplanationOfBenefit';

interface Look {
  statement: string;
  resources: number;
  p50Ms: number;
  buffers: number;
  plan: string[];
}

type Statement = ReturnType<typeof readStatement>;

const scope = { tenant: TENANT, member: previewMembers(TENANT)[0]?.patientId ?? '' };
const newestFirst = [{ parameter: '_lastUpdated', kind: 'date', descending: true }] as const;
const query = { scope, type: TYPE, clauses: [], alternatives: [[]], released: [] };

/** As the service role, under row-level security, in its settings. */
async function explain(client: pg.Client, { text, values }: Statement): Promise<string[]> {
  await client.query('BEGIN');
  await client.query("SELECT set_config('app.tenant', $1, true), set_config('app.member', $2, true)", [
    scope.tenant,
    scope.member,
  ]);
  const { rows } = await client.query<Record<string, string>>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
  await client.query('COMMIT');
  return rows.map((row) => row['QUERY PLAN'] ?? '');
}

/** Buffers of the whole statement: the first such line; those of planning come later. */
function buffersOf(plan: string[]): number {
  const line = plan.find((text) => text.includes('Buffers:')) ?? '';
  return [...line.matchAll(/(?:hit|read)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function look(
  urls: DatabaseUrls,
  name: string,
  statement: Statement,
  resources: number,
): Promise<Look> {
  const pool = await createPool(urls.service, { max: 1, readOnly: true });
  const client = new pg.Client({ connectionString: urls.service });
  await client.connect();
  try {
    const times: number[] = [];
    for (let at = 0; at < REPETITIONS; at += 1) {
      const startedAt = performance.now();
      await readScoped(pool, scope, [statement]);
      times.push(performance.now() - startedAt);
    }
    const plan = await explain(client, statement);
    return { statement: name, resources, p50Ms: percentile(times, 0.5), buffers: buffersOf(plan), plan };
  } finally {
    await pool.end();
    await client.end();
  }
}

async function idOfAClaim(urls: DatabaseUrls): Promise<string> {
  const pool = await createPool(urls.service, { max: 1, readOnly: true });
  const [rows] = await readScoped<{ id: string }>(pool, scope, [
    pageStatement(query, { count: 1, sort: newestFirst }),
  ]);
  await pool.end();
  return rows?.[0]?.id ?? '';
}

/** The next `count` of a generator, which goes on from there when asked again. */
function* first(input: Generator<string>, count: number): Generator<string> {
  for (let left = count; left > 0; left -= 1) {
    const { value, done } = input.next();
    if (done) return;
    yield value as string;
  }
}

function assertNoScan({ statement, resources, plan }: Look): void {
  const bad = plan.find((line) => /Seq Scan|Sort/.test(line));
  if (bad) throw new Error(`${statement} at ${resources} resources: ${bad.trim()}\n${plan.join('\n')}`);
}

/**
 * `npm run bench -- growth`: the hot statements at two sizes. The bodies are the same; what grows is what they stand among.
 *
 * @throws Error with the plan when one of them scans a table or sorts
 */
export async function measureGrowth({ seed, quick }: Options) {
  const results = await withStore(async (urls) => {
    const looks: Look[] = [];
    const input = lines(Math.max(...SIZES), seed);
    let stored = 0;
    for (const size of quick ? QUICK_SIZES : SIZES) {
      stored += (await store(urls, first(input, size - stored))).resources;
      const read = readStatement(query, await idOfAClaim(urls));
      looks.push(await look(urls, 'read', read, stored));
      looks.push(await look(urls, 'record', recordStatement([query], { count: PAGE }), stored));
      looks.push(await look(urls, 'page', pageStatement(query, { count: PAGE, sort: newestFirst }), stored));
    }
    return looks;
  });
  results.forEach(assertNoScan);
  const rows = results.map(({ statement, resources, p50Ms, buffers }) =>
    [statement, resources, p50Ms.toFixed(2), buffers].map(String),
  );
  return { results, shown: table(['statement', 'resources', 'p50 ms', 'buffers'], rows) };
}
