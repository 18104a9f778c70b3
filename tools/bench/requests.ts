/** `npm run bench`: measures the product through its public host, and the bare servers that show its limits. */
import pg from 'pg';
import { FhirClient } from '@patient-access/first-call';
import { type BenchInstallation, withInstallation } from './installation.ts';
import type { LoadResult, LoadOptions } from './load/call.ts';
import { closedLoop, generate } from './load/closed-loop.ts';
import { type Limits, startLimits } from './limits/limits.ts';
import { fillPages } from './observations.ts';
import type { BenchOptions } from './options.ts';
import { type CpuMicroseconds, cpuPerRequest, usage, type Usage } from './processes.ts';
import { type Population, type Scenario, SCENARIOS } from './scenarios.ts';

/** One round of one scenario on one side. */
export interface Round extends LoadResult {
  /** result with a single connection: the time of a request without other load */
  alone: LoadResult;
  /** microseconds per request, by process, while the load ran */
  cpu: CpuMicroseconds;
}
export interface ProductRound extends Round {
  /** events that waited in the outbox when the load ended */
  outbox: number;
  /** microseconds per request, by process, until the last event of the round was stored as an AuditEvent */
  cpuWithTrail: CpuMicroseconds;
}

export interface ScenarioResult {
  name: string;
  limit: string;
  product: ProductRound[];
  bare: Round[];
  /** result at half of the rate at which the product is saturated */
  openLoop?: LoadResult;
}

const EVERYTHING = 'launch/patient patient/*.rs';
/** With few tokens, introspections would cost a read almost nothing: each is asked for again after some seconds. */
const TOKENS = 150;
const NOTHING_ASKED_FOR = 'launch/patient patient/Patient.rs';
/**
 * Warm-up, until the code is compiled. It ends by number of requests, because a fixed time can be too short on a busy
 * machine.
 */
const WARM_UP = { requests: 6_000, seconds: 20, bytes: 2 ** 30 };
const WARM_UP_SECONDS = 2;
const ALONE_SECONDS = 2;
const DRAIN_MS = 120_000;

async function claimIdsOf(fhirBase: string, accessToken: string): Promise<string[]> {
  const claims = await new FhirClient(fhirBase, accessToken).search('ExplanationOfBenefit?_count=100');
  return claims.map(({ id }) => id);
}

async function population(installation: BenchInstallation, quick: boolean): Promise<Population> {
  const sessions = await installation.sessions(EVERYTHING, /./, quick ? 1 : TOKENS);
  // One after the other: a plan has a share of the requests that are under way, and all of these at once are more.
  const withClaims: Population['sessions'] = [];
  for (const session of sessions)
    withClaims.push({ ...session, claimIds: await claimIdsOf(session.fhirBase, session.accessToken) });
  return {
    sessions: withClaims.filter(({ claimIds }) => claimIds.length > 0),
    narrow: await installation.sessions(NOTHING_ASKED_FOR, /many|ordinary/),
  };
}

/** Waits until every event of the owner has been delivered. @returns the number of events that waited at first */
async function drain(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const depth = async () =>
    Number((await client.query<{ n: string }>('SELECT count(*) AS n FROM outbox')).rows[0]?.n);
  try {
    const first = await depth();
    const deadline = Date.now() + DRAIN_MS;
    while ((await depth()) > 0 && Date.now() < deadline) await new Promise((done) => setTimeout(done, 100));
    return first;
  } finally {
    await client.end();
  }
}

/** 2 GB of log */
const LOG_FILES = 128;

/**
 * Brings a new database into the state that it has after hours, when its log files exist. In a new database, Postgres
 * first fills each log file with zeros, and requests wait for it at their commits.
 */
async function writeLogOnce(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (let file = 0; file < LOG_FILES; file += 1) {
      await client.query(`SELECT pg_logical_emit_message(false, 'bench', '')`);
      await client.query('SELECT pg_switch_wal()');
    }
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

class Bench {
  private readonly options: BenchOptions;
  private readonly installation: BenchInstallation;
  private readonly limits: Limits[];
  private readonly generator = closedLoop();

  constructor(options: BenchOptions, installation: BenchInstallation, limits: Limits[]) {
    this.options = options;
    this.installation = installation;
    this.limits = limits;
  }

  private cpu(): Usage {
    return usage([...this.installation.pids, ...this.limits.map(({ pid }) => pid)]);
  }

  private limitFor({ database, type }: Scenario): string {
    return this.limits.find((limit) => limit.database === database && limit.type === type)?.url ?? '';
  }

  async bare(scenario: Scenario, people: Population): Promise<Round> {
    const { seconds, connections } = this.options;
    const asked = { url: this.limitFor(scenario), calls: scenario.bare(people), expect: 200 };
    await this.warmUp(asked);
    const alone = await this.alone(asked);
    const before = this.cpu();
    const load = await this.generator.load({ ...asked, seconds, connections });
    return { ...load, alone, cpu: cpuPerRequest(before, this.cpu(), load.requests) };
  }

  async product(scenario: Scenario, people: Population): Promise<ProductRound> {
    const { seconds, connections } = this.options;
    const calls = await scenario.product(people);
    const url = new URL(people.sessions[0]?.fhirBase ?? '').origin;
    const asked = { url, calls, expect: scenario.expect };
    await this.warmUp(asked);
    const alone = await this.alone(asked);
    const databaseUrl = this.installation.database(scenario.database);
    await drain(databaseUrl);
    const before = this.cpu();
    const load = await this.generator.load({ ...asked, seconds, connections });
    const cpu = cpuPerRequest(before, this.cpu(), load.requests);
    const outbox = await drain(databaseUrl);
    return { ...load, alone, cpu, outbox, cpuWithTrail: cpuPerRequest(before, this.cpu(), load.requests) };
  }

  private async warmUp(asked: Omit<LoadOptions, 'seconds'>): Promise<void> {
    const done = { requests: 0, seconds: 0, bytes: 0 };
    const isEnough = () =>
      done.requests >= WARM_UP.requests || done.seconds >= WARM_UP.seconds || done.bytes >= WARM_UP.bytes;
    while (!isEnough()) {
      const { connections } = this.options;
      const load = await this.generator.load({ ...asked, seconds: WARM_UP_SECONDS, connections });
      done.requests += load.requests;
      done.seconds += load.seconds;
      done.bytes += load.bytes * load.requests;
    }
  }

  private alone(asked: Omit<LoadOptions, 'seconds'>): Promise<LoadResult> {
    return this.generator.load({ ...asked, seconds: ALONE_SECONDS, connections: 1 });
  }

  async openLoop(scenario: Scenario, people: Population, perSecond: number): Promise<LoadResult> {
    const calls = await scenario.product(people);
    const url = new URL(people.sessions[0]?.fhirBase ?? '').origin;
    const { seconds } = this.options;
    return generate('open-loop', { url, calls, expect: scenario.expect, seconds, perSecond });
  }
}

function chosen({ only }: BenchOptions): Scenario[] {
  const unknown = only.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `--only: no scenario ${unknown.join(', ')}; there are ${SCENARIOS.map((s) => s.name).join(', ')}`,
    );
  }
  return SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name));
}

async function openLoops(bench: Bench, scenarios: Scenario[], results: ScenarioResult[], people: Population) {
  for (const scenario of scenarios.filter(({ openLoop }) => openLoop)) {
    const result = results.find(({ name }) => name === scenario.name);
    const saturation = Math.min(
      ...(result?.product ?? []).map(({ requests, seconds }) => requests / seconds),
    );
    if (result) result.openLoop = await bench.openLoop(scenario, people, saturation / 2);
  }
}

/** Runs the rounds of all scenarios. Limit and product take turns, so that disturbances of the machine affect both. */
async function measure(
  options: BenchOptions,
  installation: BenchInstallation,
  limits: Limits[],
): Promise<ScenarioResult[]> {
  const scenarios = chosen(options);
  const bench = new Bench(options, installation, limits);
  const results = scenarios.map(({ name, limit }): ScenarioResult => ({
    name,
    limit,
    product: [],
    bare: [],
  }));
  await fillPages(installation, await installation.sessions(EVERYTHING));
  await writeLogOnce(installation.database('postgres'));
  for (let round = 1; round <= options.rounds; round += 1) {
    // Access tokens live ten minutes, so every round logs in again.
    const people = await population(installation, options.quick);
    for (const [at, scenario] of scenarios.entries()) {
      console.error(`round ${round}: ${scenario.name}`);
      results[at]?.bare.push(await bench.bare(scenario, people));
      results[at]?.product.push(await bench.product(scenario, people));
    }
  }
  if (!options.quick)
    await openLoops(bench, scenarios, results, await population(installation, options.quick));
  return results;
}

/** @returns the results of every scenario, for each round */
export function measureRequests(options: BenchOptions): Promise<ScenarioResult[]> {
  return withInstallation(options, async (installation) => {
    const kinds = [
      { database: 'claims', type: 'ExplanationOfBenefit' },
      { database: 'clinical', type: 'Observation' },
    ] as const;
    const limits = await Promise.all(
      kinds.map(({ database, type }) => startLimits(installation.database(database), database, type)),
    );
    try {
      return await measure(options, installation, limits);
    } finally {
      for (const limit of limits) limit.stop();
    }
  });
}
