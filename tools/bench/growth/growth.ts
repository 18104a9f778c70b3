/** `npm run bench -- growth`: the same requests of one member, in a small store and in a large store. */
import type { Owner } from '@patient-access/fhir';
import { readRows } from '@patient-access/fhir-store';
import type { BenchOptions } from '../options.ts';
import { markdownTable } from '../report.ts';
import { percentile } from '../statistics.ts';
import { BENCH_TENANT } from '../store.ts';
import { startIssuer, startServices } from './services.ts';
import {
  buffersOf,
  explain,
  type Hot,
  hotStatements,
  PLAN_KINDS,
  type PlanKind,
  type HotStatement,
} from './statements.ts';
import { type Grown, reader, withGrowth } from './world.ts';

const SMALL = { full: 10_000, quick: 3_000 };
const REPETITIONS = { full: 400, quick: 20 };
/**
 * The most buffers that a hot statement may read, in a store of any size. A page of Observations by category and date reads
 * the member's newest rows until 100 of them match: here 164, each in one of some 45 blocks.
 */
const MAX_BUFFERS: Record<keyof Hot, number> = {
  read: 60,
  claims: 60,
  claimsByDate: 60,
  observations: 80,
  everything: 60,
};
/** Number of warm-up requests, until both services have their query plans and compiled code. */
const WARM_UP = 50;

/** @param claim id of one of the member's claims */
const requests = (member: string, claim: string): Record<keyof Hot, [Owner, string]> => ({
  read: ['claims-service', `ExplanationOfBenefit/${claim}`],
  claims: ['claims-service', 'ExplanationOfBenefit?_count=50'],
  claimsByDate: ['claims-service', 'ExplanationOfBenefit?service-date=ge2000-01-01&_count=50'],
  observations: ['clinical-service', 'Observation?category=vital-signs&date=ge2000-01-01&_count=100'],
  everything: ['clinical-service', `Patient/${member}/$everything?_count=50`],
});

interface Look {
  request: keyof Hot;
  /** milliseconds, in the small and in the large store */
  p50Ms: [number, number];
  /** the same of the statement alone, over one connection: what the bare query grows by */
  barePgMs: [number, number];
  /** buffers by kind of plan, in the small and in the large store */
  buffers: Record<PlanKind, [number, number]>;
  plans: string[][];
}

/**
 * Measures both stores in turns, so that disturbances of the machine affect both.
 *
 * @param asks asks one of the stores, and returns the milliseconds that it took
 */
async function inTurns(asks: readonly (() => Promise<number>)[], quick: boolean): Promise<[number, number]> {
  const times = asks.map((): number[] => []);
  for (let at = 0; at < WARM_UP + (quick ? REPETITIONS.quick : REPETITIONS.full); at += 1) {
    for (const [which, ask] of asks.entries()) {
      const took = await ask();
      if (at >= WARM_UP) times[which]?.push(took);
    }
  }
  return times.map((each) => percentile(each, 0.5)) as [number, number];
}

/** Runs the statement as a service does, on a connection of its own for each store. */
async function timeBare(pair: readonly Grown[], member: string, statement: HotStatement, quick: boolean) {
  const pools = await Promise.all(pair.map(reader));
  try {
    const asks = pools.map((pool) => async () => {
      const startedAt = performance.now();
      await readRows(pool, { tenant: BENCH_TENANT, member }, [statement]);
      return performance.now() - startedAt;
    });
    return await inTurns(asks, quick);
  } finally {
    for (const pool of pools) await pool.end();
  }
}

async function look(request: keyof Hot, member: string, hot: Hot, pair: readonly Grown[]) {
  const plans: string[][] = [];
  const buffers = {} as Look['buffers'];
  for (const kind of PLAN_KINDS) {
    const both = [];
    for (const { urls } of pair) both.push(await explain(urls, member, hot[request], kind));
    buffers[kind] = both.map(buffersOf) as [number, number];
    plans.push(...both);
  }
  return { buffers, plans };
}

/** @returns the types that the member has resources of, and the id of one claim */
async function recordOf(member: string, grown: Grown): Promise<{ types: string[]; claim: string }> {
  const pool = await reader(grown);
  const text =
    'SELECT type, min(id) AS id FROM resource WHERE tenant = $1 AND member = $2 AND audience IS NULL GROUP BY type';
  const statement = { text, values: [BENCH_TENANT, member] };
  const [rows = []] = await readRows<{ type: string; id: string }>(pool, { tenant: BENCH_TENANT, member }, [
    statement,
  ]);
  await pool.end();
  const claim = rows.find(({ type }) => type === 'ExplanationOfBenefit')?.id ?? '';
  return { types: rows.map(({ type }) => type), claim };
}

function assertFrugal({ request, plans }: Look): void {
  for (const plan of plans) {
    const most = MAX_BUFFERS[request];
    const buffers = buffersOf(plan) > most ? `${buffersOf(plan)} buffers, more than ${most}` : undefined;
    const bad = plan.find((line) => /Seq Scan|Sort/.test(line)) ?? buffers;
    if (bad) throw new Error(`${request}: ${bad.trim()}\n${plan.join('\n')}`);
  }
}

async function measure(member: string, pair: readonly [Grown, Grown], quick: boolean): Promise<Look[]> {
  const { types, claim } = await recordOf(member, pair[0]);
  const hot = hotStatements(member, claim, types);
  const issuer = await startIssuer();
  const services = [await startServices(pair[0], issuer), await startServices(pair[1], issuer)];
  try {
    const looks: Look[] = [];
    for (const [request, [owner, path]] of Object.entries(requests(member, claim))) {
      const name = request as keyof Hot;
      const asks = services.map((each) => () => each.ask(owner, path, member));
      const p50Ms = await inTurns(asks, quick);
      const barePgMs = await timeBare(pair, member, hot[name], quick);
      looks.push({ request: name, p50Ms, barePgMs, ...(await look(name, member, hot, pair)) });
    }
    return looks;
  } finally {
    for (const each of services) await each.stop();
    await issuer.stop();
  }
}

/** @throws Error with the plan when a hot statement scans a table, sorts or reads too much */
export async function measureGrowth({ seed, quick, resources }: BenchOptions) {
  const sizes = [quick ? SMALL.quick : SMALL.full, resources] as const;
  const results = await withGrowth(sizes, seed, async (member, small, large) => ({
    resources: [small.resources, large.resources],
    looks: await measure(member, [small, large], quick),
  }));
  results.looks.forEach(assertFrugal);
  const grown = ([few, many]: [number, number]) => [
    ...[few, many].map((ms) => ms.toFixed(2)),
    (many / few).toFixed(2),
  ];
  const rows = results.looks.map(({ request, p50Ms, barePgMs, buffers }) => [
    request,
    ...grown(p50Ms),
    ...grown(barePgMs),
    ...PLAN_KINDS.flatMap((kind) => buffers[kind].map(String)),
  ]);
  const [few, many] = results.resources;
  const grownHeads = (what: string) => [`${what} ms, ${few}`, `${what} ms, ${many}`, 'growth'];
  const head = ['request', ...grownHeads('p50'), ...grownHeads('statement alone, p50')];
  const heads = PLAN_KINDS.flatMap((kind) => [`buffers, plan ${kind}, ${few}`, `${many}`]);
  return { results, shown: markdownTable([...head, ...heads], rows) };
}
