/** `npm run bench`: measures the product through its public host, in turn with what it is compared with. */
import pg from 'pg';
import { FhirClient } from '@patient-access/first-call';
import { type Beside, limitsBeside } from './beside.ts';
import { type BenchInstallation, withInstallation } from './installation.ts';
import type { LoadResult, LoadOptions } from './load/call.ts';
import { closedLoop, generate } from './load/closed-loop.ts';
import { fillPages } from './observations.ts';
import type { BenchOptions } from './options.ts';
import { peerBeside } from './peer.ts';
import { type CpuMicroseconds, cpuPerRequest, usage, type Usage } from './processes.ts';
import { type Population, type Scenario, SCENARIOS } from './scenarios.ts';

/** One round of one scenario on one side. */
export interface Round extends LoadResult {
  /** result with a single connection: the time of a request without other load */
  alone: LoadResult;
  /** microseconds of such a request, by process, in the product until its event was stored */
  cpuAlone: CpuMicroseconds;
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
  /** the same rounds of the limit, or of the peer */
  beside: Round[];
  /** result at half of the rate at which the product is saturated */
  openLoop?: LoadResult;
}

const EVERYTHING = 'launch/patient patient/*.rs';
/** With few tokens, introspections would cost a read almost nothing: each is asked for again after some seconds. */
const TOKENS = 150;
/** Access tokens live ten minutes. A scenario that begins with tokens of this age ends in time on a busy machine, too. */
const OLD_MS = 300_000;
const NOTHING_ASKED_FOR = 'launch/patient patient/Patient.rs';
/**
 * Warm-up. It ends by number of requests, because a fixed time can be too short on a busy machine. Before the first round of
 * a scenario it is longer: V8 compiles the code of a request anew until some ten thousand have passed, and a service in use
 * has that behind it.
 */
const WARM_UP = {
  first: { requests: 50_000, seconds: 40, bytes: 8 * 2 ** 30 },
  later: { requests: 6_000, seconds: 20, bytes: 2 ** 30 },
};
type WarmUp = (typeof WARM_UP)['first'];
const WARM_UP_SECONDS = 2;
const ALONE_SECONDS = 2;
const DRAIN_MS = 120_000;
/** The databases whose services record something when members log in and read. */
const OUTBOXES = ['auth', 'coverage', 'claims', 'clinical'];

async function claimIdsOf(fhirBase: string, accessToken: string): Promise<string[]> {
  const claims = await new FhirClient(fhirBase, accessToken).search('ExplanationOfBenefit?_count=100');
  return claims.map(({ id }) => id);
}

async function population(installation: BenchInstallation, quick: boolean): Promise<Population> {
  const sessions: Population['sessions'] = [];
  // Each turn brings a token of another app for every member. Members without claims are left out.
  do
    // One after the other: a plan has a share of the requests that are under way, and all of these at once are more.
    for (const session of await installation.sessions(EVERYTHING)) {
      const claimIds = await claimIdsOf(session.fhirBase, session.accessToken);
      if (claimIds.length > 0) sessions.push({ ...session, claimIds });
    }
  while (!quick && sessions.length < TOKENS);
  return { sessions, narrow: await installation.sessions(NOTHING_ASKED_FOR, /many|ordinary/) };
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

function withoutErrors(result: LoadResult, { calls, expect }: LoadOptions): LoadResult {
  if (result.errors > 0)
    throw new Error(`${result.errors} of ${result.requests} answers were not ${expect}: ${calls[0]?.path}`);
  return result;
}

class Bench {
  private readonly options: BenchOptions;
  private readonly installation: BenchInstallation;
  private readonly other: Beside;
  private readonly generator = closedLoop();

  constructor(options: BenchOptions, installation: BenchInstallation, other: Beside) {
    this.options = options;
    this.installation = installation;
    this.other = other;
  }

  private cpu(): Usage {
    return new Map([...usage(this.installation.pids), ...this.other.usage()]);
  }

  async beside(scenario: Scenario, people: Population, warmUp: WarmUp): Promise<Round> {
    const { seconds, connections } = this.options;
    const asked = { ...(await this.other.asked(scenario, people)), expect: 200 };
    await this.warmUp(asked, warmUp);
    const [idle, alone] = [this.cpu(), await this.alone(asked)];
    const before = this.cpu();
    const load = await this.load({ ...asked, seconds, connections });
    return {
      ...load,
      alone,
      cpuAlone: cpuPerRequest(idle, before, alone.requests),
      cpu: cpuPerRequest(before, this.cpu(), load.requests),
    };
  }

  async product(scenario: Scenario, people: Population, warmUp: WarmUp): Promise<ProductRound> {
    const { seconds, connections } = this.options;
    const calls = await scenario.product(people);
    const url = new URL(people.sessions[0]?.fhirBase ?? '').origin;
    const asked = { url, calls, expect: scenario.expect };
    const databaseUrl = this.installation.database(scenario.database);
    await this.warmUp(asked, warmUp);
    await drain(databaseUrl);
    const [idle, alone] = [this.cpu(), await this.alone(asked)];
    await drain(databaseUrl);
    const before = this.cpu();
    const load = await this.load({ ...asked, seconds, connections });
    const cpu = cpuPerRequest(before, this.cpu(), load.requests);
    const outbox = await drain(databaseUrl);
    return {
      ...load,
      alone,
      cpuAlone: cpuPerRequest(idle, before, alone.requests),
      cpu,
      outbox,
      cpuWithTrail: cpuPerRequest(before, this.cpu(), load.requests),
    };
  }

  /** @throws Error when an answer was not the expected one: its price says nothing about the others */
  private async load(asked: LoadOptions & { connections: number }): Promise<LoadResult> {
    return withoutErrors(await this.generator.load(asked), asked);
  }

  private async warmUp(asked: Omit<LoadOptions, 'seconds'>, enough: WarmUp): Promise<void> {
    const done = { requests: 0, seconds: 0, bytes: 0 };
    const isEnough = () =>
      done.requests >= enough.requests || done.seconds >= enough.seconds || done.bytes >= enough.bytes;
    while (!isEnough()) {
      const { connections } = this.options;
      const load = await this.load({ ...asked, seconds: WARM_UP_SECONDS, connections });
      done.requests += load.requests;
      done.seconds += load.seconds;
      done.bytes += load.bytes * load.requests;
    }
  }

  private alone(asked: Omit<LoadOptions, 'seconds'>): Promise<LoadResult> {
    return this.load({ ...asked, seconds: ALONE_SECONDS, connections: 1 });
  }

  async openLoop(scenario: Scenario, people: Population, perSecond: number): Promise<LoadResult> {
    const calls = await scenario.product(people);
    const url = new URL(people.sessions[0]?.fhirBase ?? '').origin;
    const { seconds } = this.options;
    // What the logins and the warm-up left is delivered first. Storing it would delay the requests that are measured.
    await this.warmUp({ url, calls, expect: scenario.expect }, WARM_UP.later);
    for (const database of OUTBOXES) await drain(this.installation.database(database));
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

/** Runs the rounds of all scenarios. Both sides take turns, so that disturbances of the machine affect both. */
async function measure(
  options: BenchOptions,
  installation: BenchInstallation,
  other: Beside,
): Promise<ScenarioResult[]> {
  const scenarios = chosen(options).filter((scenario) => other.has(scenario));
  const bench = new Bench(options, installation, other);
  const fresh = async (): Promise<[Population, number]> => {
    const since = performance.now();
    return [other.among(await population(installation, options.quick)), since];
  };
  const results = scenarios.map(({ name, limit }): ScenarioResult => ({
    name,
    limit,
    product: [],
    beside: [],
  }));
  await writeLogOnce(installation.database('postgres'));
  for (let round = 1; round <= options.rounds; round += 1) {
    const warmUp = round === 1 && !options.quick ? WARM_UP.first : WARM_UP.later;
    let [people, since] = await fresh();
    for (const [at, scenario] of scenarios.entries()) {
      if (performance.now() - since > OLD_MS) [people, since] = await fresh();
      console.error(`round ${round}: ${scenario.name}`);
      results[at]?.beside.push(await bench.beside(scenario, people, warmUp));
      results[at]?.product.push(await bench.product(scenario, people, warmUp));
    }
  }
  if (!options.quick) await openLoops(bench, scenarios, results, (await fresh())[0]);
  return results;
}

/** @returns the results of every scenario, for each round, and what the other side is called */
export function measureRequests(options: BenchOptions): Promise<{ results: ScenarioResult[]; name: string }> {
  return withInstallation(options, async (installation) => {
    await fillPages(installation, await installation.sessions(EVERYTHING));
    const { peer } = options;
    const other = await (peer ? peerBeside(installation, peer) : limitsBeside(installation));
    try {
      return { results: await measure(options, installation, other), name: other.name };
    } finally {
      other.stop();
    }
  });
}
