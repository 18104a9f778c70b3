/** `npm run bench -- authorization`: launches, refreshes and introspections, and the processor time of each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LaunchingMember, type LaunchRequest, register } from '@patient-access/first-call';
import { readPreview } from '@patient-access/preview';
import pg from 'pg';
import { Agent, request } from 'undici';
import { type BenchInstallation, withInstallation } from './installation.ts';
import type { BenchOptions } from './options.ts';
import { type CpuMicroseconds, cpuPerRequest, settingOf, usage } from './processes.ts';
import { markdownTable } from './report.ts';
import { spread } from './statistics.ts';

const SCOPE = 'launch/patient offline_access patient/*.rs';
const WARM_UP_SECONDS = 2;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/**
 * The processes whose time counts, by the name of their column. What a launch costs ends when its Consent is stored. The load
 * generator and the services that receive nothing are left out, and so is the trail, which has a measurement of its own.
 */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  gateway: ['fhir-gateway'],
  'auth-service': ['auth-service'],
  'its Postgres': ['postgres auth_service'],
  'coverage-service': ['coverage-service'],
  'its Postgres, coverage': ['postgres coverage_service', 'postgres coverage_ingest'],
};
const STORED_POLL_MS = 100;
/** A grant of which coverage-service has not been told. */
const WAITING = 'SELECT FROM consent WHERE publish_at <= now() AND member IS NOT NULL LIMIT 1';

type Work = () => Promise<void>;

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

interface Round {
  perSecond: number;
  cpu: CpuMicroseconds;
}

/** Every worker repeats its own work until the time is over. @returns the number of repetitions */
async function drive(workers: readonly Work[], seconds: number): Promise<number> {
  let done = 0;
  const until = performance.now() + seconds * 1000;
  await Promise.all(
    workers.map(async (work) => {
      for (; performance.now() < until; done += 1) await work();
    }),
  );
  return done;
}

/** Waits until coverage-service has stored each Consent: while more are given than it stores, a launch would look cheap. */
async function allStored(installation: BenchInstallation): Promise<void> {
  const client = new pg.Client({ connectionString: installation.database('auth') });
  await client.connect();
  try {
    while (((await client.query(WAITING)).rowCount ?? 0) > 0) await delay(STORED_POLL_MS);
  } finally {
    await client.end();
  }
}

/** Autovacuum does so within a minute of the first rows. Until then plans that are kept come from empty tables. */
async function learnSizes(installation: BenchInstallation): Promise<void> {
  for (const name of ['auth', 'coverage']) {
    const client = new pg.Client({ connectionString: installation.database(name) });
    await client.connect();
    try {
      await client.query('ANALYZE');
    } finally {
      await client.end();
    }
  }
}

async function measure(
  installation: BenchInstallation,
  workers: readonly Work[],
  seconds: number,
): Promise<Round> {
  await allStored(installation);
  const before = usage(installation.pids);
  const done = await drive(workers, seconds);
  await allStored(installation);
  const all = cpuPerRequest(before, usage(installation.pids), done);
  const cpu = Object.fromEntries(
    Object.entries(COLUMNS).map(([column, names]) => [column, sumOf(names.map((name) => all[name] ?? 0))]),
  );
  return { perSecond: done / seconds, cpu };
}

/** What a request needs to look like one of the gateway: the internal listener and the gateway's credential. */
interface AsGateway {
  /** URL of auth-service's internal listener */
  url: string;
  authorization: string;
}

function asGateway({ directory, pids }: BenchInstallation): AsGateway {
  const text = readFileSync(join(directory, 'secrets.json'), 'utf8');
  const { gatewayClient } = JSON.parse(text) as { gatewayClient: string };
  const authorization = `Basic ${Buffer.from(`fhir-gateway:${gatewayClient}`).toString('base64')}`;
  return { url: `http://127.0.0.1:${settingOf(pids, 'auth-service', 'PORT')}`, authorization };
}

/** An app of one member with its tokens. */
class App {
  private readonly member: LaunchingMember;
  private readonly tenant: string;
  private readonly issuer: string;
  private readonly gateway: AsGateway;
  private readonly agent: Agent;
  private accessToken = '';
  private refreshToken = '';
  private clientId = '';

  constructor(
    member: LaunchingMember,
    { tenant, issuer }: { tenant: string; issuer: string },
    gateway: AsGateway,
    agent: Agent,
  ) {
    this.member = member;
    this.tenant = tenant;
    this.issuer = issuer;
    this.agent = agent;
    this.gateway = gateway;
  }

  /** Runs a whole launch (authorization, consent, code, token) for a member who is logged in already. */
  async launch(): Promise<void> {
    const { accessToken, refreshToken = '', config } = await this.member.launch();
    Object.assign(this, { accessToken, refreshToken, clientId: config.clientMetadata().client_id });
  }

  async refresh(): Promise<void> {
    const asked = { grant_type: 'refresh_token', refresh_token: this.refreshToken, client_id: this.clientId };
    const answer = (await this.post(`${this.issuer}/token`, asked)) as {
      access_token: string;
      refresh_token: string;
    };
    this.accessToken = answer.access_token;
    this.refreshToken = answer.refresh_token;
  }

  async introspect(): Promise<void> {
    const { url, authorization } = this.gateway;
    const { statusCode, body } = await request(`${url}/internal/${this.tenant}/introspection`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ token: this.accessToken }),
      dispatcher: this.agent,
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`a live token was answered with ${statusCode}`);
  }

  private async post(url: string, fields: Record<string, string>): Promise<unknown> {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: FORM,
      body: new URLSearchParams(fields).toString(),
      dispatcher: this.agent,
    });
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${await body.text()}`);
    return body.json();
  }
}

interface AccountLaunch extends LaunchRequest {
  tenant: string;
}

/** @returns one app for each connection, with a logged-in member; the apps are spread over members and tenants */
async function apps(installation: BenchInstallation, agent: Agent, connections: number): Promise<App[]> {
  const gateway = asGateway(installation);
  const members = await Promise.all(
    readPreview(installation.directory).tenants.map(async ({ id, issuer, fhirBase, members: accounts }) => {
      const client = await register(issuer);
      return accounts.map(({ login, password }): [AccountLaunch, typeof client] => [
        { tenant: id, issuer, fhirBase, login, password, scope: SCOPE },
        client,
      ]);
    }),
  );
  const all = members.flat();
  const started: App[] = [];
  for (let index = 0; index < connections; index += 1) {
    const [asked, client] = all[index % all.length] as (typeof all)[number];
    const app = new App(new LaunchingMember(asked, client), asked, gateway, agent);
    await app.launch();
    started.push(app);
  }
  return started;
}

const STEPS = { launch: 'launches', refresh: 'refreshes', introspect: 'introspections' } as const;

function rowOf(name: string, rounds: readonly Round[]): string[] {
  const { median, low, high } = spread(rounds.map(({ perSecond }) => perSecond));
  const sums = spread(rounds.map(({ cpu }) => sumOf(Object.values(cpu)))).median;
  const each = Object.keys(COLUMNS).map((column) => spread(rounds.map(({ cpu }) => cpu[column] ?? 0)).median);
  const rate = `${median.toFixed(0)} (${low.toFixed(0)}–${high.toFixed(0)})`;
  return [
    name,
    rate,
    (1e6 / sums).toFixed(0),
    sums.toFixed(0),
    ...each.map((microseconds) => microseconds.toFixed(0)),
  ];
}

export async function measureAuthorization({ members, seed, seconds, rounds, connections }: BenchOptions) {
  const agent = new Agent({ connections });
  const results = await withInstallation({ members, seed }, async (installation) => {
    const started = await apps(installation, agent, connections);
    const measured: Record<string, Round[]> = {};
    for (const [step, name] of Object.entries(STEPS) as [keyof typeof STEPS, string][]) {
      const workers = started.map(
        (app): Work =>
          () =>
            app[step](),
      );
      await drive(workers, WARM_UP_SECONDS);
      await learnSizes(installation);
      measured[name] = [];
      for (let round = 1; round <= rounds; round += 1) {
        console.error(`round ${round}: ${name}`);
        measured[name].push(await measure(installation, workers, seconds));
      }
    }
    return measured;
  });
  await agent.close();
  const columns = ['sum', ...Object.keys(COLUMNS)].map((name) => `${name} µs`);
  const head = ['', 'per second', 'per second and core', ...columns];
  return {
    results,
    shown: markdownTable(
      head,
      Object.entries(results).map(([name, all]) => rowOf(name, all)),
    ),
  };
}
