import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import {
  type AccessEvent,
  batchText,
  eventSigner,
  type EventSigner,
  laneOf,
  recordOf,
  signBatches,
} from '@patient-access/events';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { openOutbox, OutboxMetrics } from '@patient-access/outbox';
import { Metrics } from '@patient-access/platform';
import pg from 'pg';
import { type BenchInstallation, withInstallation } from './installation.ts';
import type { BenchOptions } from './options.ts';
import { type CpuMicroseconds, cpuPerRequest, settingOf, usage } from './processes.ts';
import { markdownTable } from './report.ts';
import { BENCH_TENANT } from './store.ts';

/** Events in a delivery: of a plan with 200 reads a second, of 16 readers as fast as they can, and of a backlog. */
const DELIVERIES = [100, 500, 2_000] as const;
const SENDERS = 4;
/**
 * Requests that are recorded at the same time, how many ms each waits before the next, and how many times as long as others
 * they run: of few events in few seconds, the processor time cannot be read off exactly.
 */
const READERS = [
  { readers: 16, pauseMs: 8, times: 4 },
  { readers: 64, pauseMs: 1, times: 1 },
];
/** A member has one app, which fetches a record in many requests with one token. */
const MEMBERS = Array.from({ length: 1_000 }, (_, at) => ({
  member: `bench-${at}`,
  grantId: randomUUID(),
  token: randomUUID(),
}));
const TENANTS = [BENCH_TENANT, 'lakeside'] as const;
const OUTBOX_MAX_ROWS = 10_000_000;
const ADD_UP = 'SELECT trail.sum_up($1, now()) AS added';
const DRAIN_MS = 100;
const STANDING_SECONDS = 10;

interface Taken {
  what: string;
  events: number;
  seconds: number;
  perSecond: number;
  /** microseconds of processor time for each event, without what runs all the time */
  cpu: CpuMicroseconds;
}

const eventOf = (at: number): AccessEvent => {
  const { member, ...session } = MEMBERS[at % MEMBERS.length] as (typeof MEMBERS)[number];
  return {
    requestId: randomUUID(),
    service: 'claims-service',
    tenant: TENANTS[at % TENANTS.length] ?? BENCH_TENANT,
    recorded: new Date().toISOString(),
    kind: 'rest',
    action: 'read',
    outcome: '0',
    member,
    client: { id: 'app-of-the-bench', name: 'Bench' },
    user: { iss: 'https://plan.example/auth/northwind/oauth2/v1', sub: member },
    ...session,
    scope: 'launch/patient patient/*.rs',
    address: '192.0.2.7',
    request: `GET ExplanationOfBenefit/${at}`,
    type: 'ExplanationOfBenefit',
    resource: { reference: `ExplanationOfBenefit/${at}`, version: '1' },
    counts: { ExplanationOfBenefit: 1 },
    bodyHash: 'a'.repeat(64),
  };
};

/** Signed before the clock starts: what is measured is taking them in. @returns deliveries as relays send them over HTTP */
function deliveriesOf(signer: EventSigner, events: number, size: number): string[] {
  const producer = `claims-service/${randomUUID()}`;
  return Array.from({ length: Math.ceil(events / size) }, (_, delivery) => {
    const numbered = Array.from({ length: size }, (__, at) => delivery * size + at).map((at) => {
      const event = eventOf(at);
      const { tenant } = event;
      return { tenant, lane: laneOf(event), sequence: at + 1, text: recordOf(event) };
    });
    const lanes = Map.groupBy(numbered, ({ tenant, lane }) => `${tenant} ${lane}`);
    const batches = [...lanes.values()].flatMap((records) => {
      const [first] = records;
      return first ? [{ ...first, producer, records }] : [];
    });
    return signBatches(signer, batches).map(batchText).join('\n\n');
  });
}

class TrailBench {
  private readonly installation: BenchInstallation;
  private readonly key: string;
  private readonly auditUrl: string;
  /** microseconds of processor time in a second */
  private standing: CpuMicroseconds = {};

  constructor(installation: BenchInstallation) {
    const { directory } = installation;
    this.installation = installation;
    this.key = readFileSync(join(directory, 'claims-event-key.pem'), 'utf8');
    const { PORT } = parseEnv(readFileSync(join(directory, 'audit.env'), 'utf8'));
    this.auditUrl = `http://127.0.0.1:${PORT}`;
  }

  /**
   * Measures what runs whether or not events come: looks for rows, metrics, verifying again what is stored. From now on it is
   * taken off what is measured, because it would make each event of a slow run dearer.
   */
  async stand(): Promise<CpuMicroseconds> {
    const before = usage(this.installation.pids);
    await delay(STANDING_SECONDS * 1_000);
    this.standing = cpuPerRequest(before, usage(this.installation.pids), STANDING_SECONDS);
    return this.standing;
  }

  /** What audit-service needs for events that wait elsewhere. */
  async take(events: number, size: number): Promise<Taken> {
    const deliveries = deliveriesOf(eventSigner('claims-service', this.key), events, size);
    const headers = { 'content-type': 'application/x-ndjson' };
    const url = `${this.auditUrl}/internal/access-events`;
    const sender = async () => {
      for (let body = deliveries.shift(); body !== undefined; body = deliveries.shift()) {
        const { status } = await fetch(url, { method: 'POST', headers, body });
        if (status !== 204) throw new Error(`audit-service answered ${status}`);
      }
    };
    return this.measured(`deliveries of ${size}`, async () => {
      await Promise.all(Array.from({ length: SENDERS }, sender));
      return events;
    });
  }

  /** The whole way of an event: recorded by this process as by a service, sent, stored and removed. */
  async record(seconds: number, { readers, pauseMs, times }: (typeof READERS)[number]): Promise<Taken> {
    const DATABASE_URL = settingOf(this.installation.pids, 'claims-service', 'DATABASE_URL');
    const events = { AUDIT_URL: this.auditUrl, EVENT_KEY: this.key, OUTBOX_MAX_ROWS };
    const config = { DATABASE_URL, ...events, ...KafkaConfig.parse({}) };
    const log = { warn: () => undefined, error: () => undefined };
    const outbox = await openOutbox(config, 'claims-service', log, new OutboxMetrics(new Metrics()));
    /** @param record does nothing in the run that tells what making events and waiting costs */
    const run = async (record: (event: AccessEvent) => Promise<void>) => {
      const end = performance.now() + seconds * times * 1_000;
      let events = 0;
      const reader = async () => {
        for (; performance.now() < end; await delay(pauseMs)) await record(eventOf((events += 1)));
      };
      await Promise.all(Array.from({ length: readers }, reader));
      return events;
    };
    const spent = async (work: () => Promise<number>) => {
      const before = process.cpuUsage();
      const events = await work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / events;
    };
    try {
      const idle = await spent(() => run(() => Promise.resolve()));
      let busy = 0;
      const taken = await this.measured(`recorded by ${readers}`, async () => {
        let events = 0;
        busy = await spent(async () => {
          events = await run((event) => outbox.record(event));
          while ((await outbox.depth()) > 0) await delay(DRAIN_MS);
          return events;
        });
        return events;
      });
      return { ...taken, cpu: { ...taken.cpu, recorder: Math.round(busy - idle) } };
    } finally {
      await outbox.close();
    }
  }

  /**
   * Adds up for scorecards what was stored, as audit-service does each minute with what is two minutes old. So it adds up
   * nothing while something else is measured.
   */
  async addUp(): Promise<Taken> {
    const client = new pg.Client({ connectionString: this.installation.database('audit') });
    await client.connect();
    try {
      const taken = await this.measured('added up for scorecards', async () => {
        let events = 0;
        for (const tenant of TENANTS)
          for (let added = 1; added > 0; events += added) {
            const { rows } = await client.query<{ added: string }>(ADD_UP, [tenant]);
            added = Number(rows[0]?.added);
          }
        return events;
      });
      return { ...taken, cpu: { 'postgres audit_ingest': taken.cpu[`postgres ${client.user}`] ?? 0 } };
    } finally {
      await client.end();
    }
  }

  private async measured(what: string, work: () => Promise<number>): Promise<Taken> {
    const before = usage(this.installation.pids);
    const startedAt = performance.now();
    const events = await work();
    const seconds = (performance.now() - startedAt) / 1_000;
    const spent = Object.entries(cpuPerRequest(before, usage(this.installation.pids), events));
    const cpu = Object.fromEntries(
      spent.map(([process, each]) => {
        const standing = ((this.standing[process] ?? 0) * seconds) / events;
        return [process, Math.round(each - standing)];
      }),
    );
    return { what, events, seconds, perSecond: Math.round(events / seconds), cpu };
  }
}

const COLUMNS = [
  ...['events', 'seconds', 'events/s', 'CPU µs: recorder and relay', 'their Postgres sessions'],
  ...['audit-service', 'its Postgres sessions', 'the rest of Postgres', 'sum'],
];
const PROCESSES = ['recorder', 'postgres claims_service', 'audit-service', 'postgres audit_ingest'];
/** Writes log and pages for all databases. */
const REST = ['postgres walwriter', 'postgres checkpointer', 'postgres background', 'postgres io'];

function cells(cpu: CpuMicroseconds): string[] {
  const of = (names: string[]) => names.reduce((sum, name) => sum + (cpu[name] ?? 0), 0);
  return [...PROCESSES.map((name) => of([name])), of(REST), of([...PROCESSES, ...REST])].map(String);
}

const row = ({ what, events, seconds, perSecond, cpu }: Taken): string[] => [
  ...[what, String(events), seconds.toFixed(1), String(perSecond)],
  ...cells(cpu),
];
const standingRow = (cpu: CpuMicroseconds): string[] => ['standing, each second', '', '', '', ...cells(cpu)];

/**
 * `npm run bench -- trail`: what an event costs in processor time, from the request that records it to the trail where it is
 * verified, chained and committed; what stands apart from events; and how many a second audit-service takes in.
 */
export async function measureTrail({ members, seed, rounds, seconds }: BenchOptions) {
  const results = await withInstallation({ members, seed }, async (installation) => {
    const bench = new TrailBench(installation);
    const taken: Taken[] = [];
    const standing: CpuMicroseconds[] = [];
    // Node compiles a service's code while the first ten thousands of events come, on threads of its own.
    await bench.take(5_000 * seconds, DELIVERIES[0]);
    for (const readers of READERS) await bench.record(seconds, readers);
    await bench.addUp();
    for (let round = 0; round < rounds; round += 1) {
      standing.push(await bench.stand());
      for (const size of DELIVERIES) taken.push(await bench.take(5_000 * seconds, size));
      for (const readers of READERS) taken.push(await bench.record(seconds, readers));
      taken.push(await bench.addUp());
    }
    return { taken, standing };
  });
  const rows = [...results.taken.map(row), ...results.standing.map(standingRow)];
  return { results, shown: markdownTable(['', ...COLUMNS], rows) };
}
