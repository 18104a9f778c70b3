import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { DatabaseUrls } from '@patient-access/database';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { type Outbox, openOutbox, OutboxMetrics } from '@patient-access/outbox';
import { Metrics } from '@patient-access/platform';
import { newEventKey } from '@patient-access/testing';
import { type Services, startIssuer, startServices } from './growth/services.ts';
import type { BenchOptions } from './options.ts';
import { markdownTable } from './report.ts';
import { percentile, type Spread, spread } from './statistics.ts';
import { lines, store, BENCH_TENANT, withStore } from './store.ts';

const CALLERS = [1, 16, 64, 256];
const EVENT_KEY = newEventKey();
const OUTBOX_MAX_ROWS = 10_000_000;

interface Recorded {
  callers: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const event = () => ({
  requestId: randomUUID(),
  service: 'claims-service',
  tenant: BENCH_TENANT,
  recorded: new Date().toISOString(),
  kind: 'rest' as const,
  action: 'read',
  outcome: '0' as const,
  member: 'bench',
  type: 'ExplanationOfBenefit',
  counts: { ExplanationOfBenefit: 1 },
  scope: 'launch/patient patient/*.rs',
  request: 'GET ExplanationOfBenefit/1',
});

async function record(outbox: Outbox, callers: number, seconds: number): Promise<Recorded> {
  const latencies: number[] = [];
  const until = performance.now() + seconds * 1000;
  const caller = async () => {
    while (performance.now() < until) {
      const startedAt = performance.now();
      await outbox.record(event());
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return {
    callers,
    perSecond: Math.round(latencies.length / seconds),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

/** Runs `work` with a receiver that accepts every event at once, so that only recording and the relay are measured. */
async function withReceiver<Result>(work: (url: string) => Promise<Result>): Promise<Result> {
  const receiver = createServer((request, response) => {
    const isQuestion = request.method === 'GET';
    const answer = isQuestion ? JSON.stringify({ missing: [] }) : '';
    request.resume().once('end', () => response.writeHead(isQuestion ? 200 : 204).end(answer));
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  const address = receiver.address();
  try {
    return await work(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
}

const READERS = [1, 16];
const RESOURCES = 2_000;
/** Warm-up, until both services have their query plans and compiled code. */
const WARM_UP_SECONDS = 2;

interface Beside {
  readers: number;
  /** median milliseconds of each round: of the product, and with a recorder that stores nothing */
  withMs: number[];
  withoutMs: number[];
  addedMs: Spread;
}

async function medianOf(services: Services, readers: number, { paths, member }: Claims, seconds: number) {
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  const reader = async (_: unknown, at: number) => {
    for (let next = at; performance.now() < until; next += readers)
      times.push(await services.ask('claims-service', paths[next % paths.length] ?? '', member));
  };
  await Promise.all(Array.from({ length: readers }, reader));
  return percentile(times, 0.5);
}

interface Claims {
  member: string;
  paths: string[];
}

/** Fills the store. @returns one member's claims */
async function claimsOf(urls: DatabaseUrls, seed: number): Promise<Claims> {
  const input = [...lines(RESOURCES, seed)];
  await store(urls, input);
  const claims = input
    .map((line) => JSON.parse(line) as { resourceType: string; id: string; patient?: { reference: string } })
    .filter(({ resourceType }) => resourceType === 'ExplanationOfBenefit');
  const whose = claims[0]?.patient?.reference ?? '';
  const theirs = claims.filter(({ patient }) => patient?.reference === whose);
  return {
    member: whose.replace('Patient/', ''),
    paths: theirs.map(({ id }) => `ExplanationOfBenefit/${id}`),
  };
}

async function inTurns(
  [recording, bare]: readonly [Services, Services],
  claims: Claims,
  readers: number,
  { rounds, seconds }: BenchOptions,
): Promise<Beside> {
  const ask = (services: Services, forSeconds: number) => medianOf(services, readers, claims, forSeconds);
  for (const services of [recording, bare]) await ask(services, WARM_UP_SECONDS);
  const [withMs, withoutMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    withMs.push(await ask(recording, seconds));
    withoutMs.push(await ask(bare, seconds));
  }
  const addedMs = spread(withMs.map((ms, at) => ms - (withoutMs[at] ?? ms)));
  return { readers, withMs, withoutMs, addedMs };
}

/** Reads a member's claims one by one, in turns from the service and from the same service without its recorder. */
const readBeside = (urls: DatabaseUrls, options: BenchOptions) =>
  withReceiver(async (auditUrl) => {
    const claims = await claimsOf(urls, options.seed);
    const issuer = await startIssuer();
    const manner = { connections: Math.max(...READERS), auditUrl };
    const recording = await startServices({ urls }, issuer, manner);
    const bare = await startServices({ urls }, issuer, { ...manner, recording: false });
    const results: Beside[] = [];
    for (const readers of READERS) results.push(await inTurns([recording, bare], claims, readers, options));
    await Promise.all([recording.stop(), bare.stop()]);
    await issuer.stop();
    return results;
  });

const median = (values: readonly number[]) => percentile(values, 0.5).toFixed(2);

function shown(alone: readonly Recorded[], beside: readonly Beside[]): string {
  const rows = alone.map(({ callers, perSecond, p50Ms, p99Ms }) =>
    [callers, perSecond, p50Ms.toFixed(2), p99Ms.toFixed(2)].map(String),
  );
  const read = beside.map(({ readers, withMs, withoutMs, addedMs: { median: added, low, high } }) => [
    String(readers),
    median(withMs),
    median(withoutMs),
    `${added.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`,
  ]);
  return [
    markdownTable(['callers at once', 'events/s', 'p50 ms', 'p99 ms'], rows),
    markdownTable(['readers at once', 'read p50 ms', 'without recording', 'audit adds, ms'], read),
  ].join('\n\n');
}

/** Measures the recorder alone. */
const recordAlone = (urls: DatabaseUrls, { seconds }: BenchOptions) =>
  withReceiver(async (url) => {
    const events = { AUDIT_URL: url, EVENT_KEY, OUTBOX_MAX_ROWS };
    const config = { DATABASE_URL: urls.service, ...events, ...KafkaConfig.parse({}) };
    const outbox = await openOutbox(
      config,
      'claims-service',
      { warn: console.error, error: console.error },
      new OutboxMetrics(new Metrics()),
    );
    const results: Recorded[] = [];
    for (const callers of CALLERS) results.push(await record(outbox, callers, seconds));
    await outbox.close();
    return results;
  });

/** `npm run bench -- audit`: how long a request waits until its access event is durable. */
export async function measureAudit(options: BenchOptions) {
  const beside = await withStore((urls) => readBeside(urls, options));
  const alone = await withStore((urls) => recordAlone(urls, options));
  return { results: { alone, beside }, shown: shown(alone, beside) };
}
