import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import {
  type AccessEvent,
  batchText,
  eventSigner,
  type EventSigner,
  laneOf,
  recordOf,
  signBatch,
} from '@patient-access/events';
import { type BenchInstallation, withInstallation } from './installation.ts';
import type { BenchOptions } from './options.ts';
import { type CpuMicroseconds, cpuPerRequest, usage } from './processes.ts';
import { markdownTable } from './report.ts';
import { BENCH_TENANT } from './store.ts';

/** Messages in a delivery, as many as a relay sends to a broker. */
const BATCH = 500;
const SENDERS = 4;
const MEMBERS = 1_000;
const TENANTS = [BENCH_TENANT, 'lakeside'];

interface Taken {
  events: number;
  seconds: number;
  perSecond: number;
  /** microseconds of processor time for each event */
  cpu: CpuMicroseconds;
}

const eventOf = (at: number): AccessEvent => {
  const member = `bench-${at % MEMBERS}`;
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
    grantId: randomUUID(),
    token: randomUUID(),
    scope: 'launch/patient patient/*.rs',
    address: '192.0.2.7',
    request: `GET ExplanationOfBenefit/${at}`,
    type: 'ExplanationOfBenefit',
    resource: { reference: `ExplanationOfBenefit/${at}`, version: '1' },
    counts: { ExplanationOfBenefit: 1 },
    bodyHash: 'a'.repeat(64),
  };
};

/** Signed before the clock starts: what is measured is taking them in. @returns batches as a broker has them, of one lane each */
function batches(signer: EventSigner, producer: string, events: number): string[] {
  const numbered = Array.from({ length: events }, (_, at) => ({ sequence: at + 1, event: eventOf(at) }));
  const lanes = Map.groupBy(numbered, ({ event }) => `${event.tenant} ${laneOf(event)}`);
  return [...lanes.values()].flatMap((lane) =>
    Array.from({ length: Math.ceil(lane.length / BATCH) }, (_, at) => {
      const some = lane.slice(at * BATCH, (at + 1) * BATCH);
      const { event } = some[0] as (typeof some)[number];
      const records = some.map(({ sequence, event: each }) => ({ sequence, text: recordOf(each) }));
      return batchText(signBatch(signer, { producer, tenant: event.tenant, lane: laneOf(event), records }));
    }),
  );
}

async function take({ directory, pids }: BenchInstallation, events: number): Promise<Taken> {
  const { PORT } = parseEnv(readFileSync(join(directory, 'audit.env'), 'utf8'));
  const key = readFileSync(join(directory, 'claims-event-key.pem'), 'utf8');
  const signer = eventSigner('claims-service', key);
  const deliveries = batches(signer, `claims-service/${randomUUID()}`, events);
  const headers = { 'content-type': 'application/x-ndjson' };
  const url = `http://127.0.0.1:${PORT}/internal/access-events`;
  const sender = async () => {
    for (let body = deliveries.pop(); body !== undefined; body = deliveries.pop()) {
      const { status } = await fetch(url, { method: 'POST', headers, body });
      if (status !== 204) throw new Error(`audit-service answered ${status}`);
    }
  };
  const before = usage(pids);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: SENDERS }, sender));
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    events,
    seconds,
    perSecond: Math.round(events / seconds),
    cpu: cpuPerRequest(before, usage(pids), events),
  };
}

/** `npm run bench -- trail`: how many access events a second become AuditEvents, verified, chained and committed. */
export async function measureTrail({ members, seed, rounds, seconds }: BenchOptions) {
  const perRound = 5_000 * seconds;
  const results = await withInstallation({ members, seed }, async (installation) => {
    const taken: Taken[] = [];
    for (let round = 0; round < rounds; round += 1) taken.push(await take(installation, perRound));
    return taken;
  });
  const rows = results.map(({ events, seconds: took, perSecond, cpu }) =>
    [events, took.toFixed(1), perSecond, cpu['audit-service'] ?? 0, cpu['postgres audit_ingest'] ?? 0].map(
      String,
    ),
  );
  const columns = ['events', 'seconds', 'events/s', 'CPU µs: audit-service', 'its Postgres sessions'];
  return { results, shown: markdownTable(columns, rows) };
}
