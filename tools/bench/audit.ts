import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { DatabaseUrls } from '@patient-access/database';
import { type Outbox, openOutbox } from '@patient-access/outbox';
import { Metrics } from '@patient-access/platform';
import type { Options } from './options.ts';
import { table } from './report.ts';
import { percentile } from './statistics.ts';
import { TENANT, withStore } from './store.ts';

const CALLERS = [1, 16, 64, 256];
const EVENT_SECRET = 'secret-of-the-bench';
const OUTBOX_BUDGET_ROWS = 10_000_000;

interface Recorded {
  callers: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const event = () => ({
  requestId: randomUUID(),
  service: 'claims-service',
  tenant: TENANT,
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

/** A receiver that takes everything at once: what is measured is recording, with the relay running behind it. */
async function withReceiver<Result>(work: (url: string) => Promise<Result>): Promise<Result> {
  const receiver = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(204).end());
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

/** `npm run bench -- audit`: what a request waits until its access event is durable. */
export async function measureAudit({ seconds }: Options) {
  const run = (urls: DatabaseUrls) =>
    withReceiver(async (url) => {
      const events = { AUDIT_URL: url, EVENT_SECRET, OUTBOX_BUDGET_ROWS };
      const config = { DATABASE_URL: urls.service, ...events };
      const outbox = await openOutbox(config, 'claims-service', { warn: console.error }, new Metrics());
      const results: Recorded[] = [];
      for (const callers of CALLERS) results.push(await record(outbox, callers, seconds));
      await outbox.close();
      return results;
    });
  const results = await withStore(run);
  const rows = results.map(({ callers, perSecond, p50Ms, p99Ms }) =>
    [callers, perSecond, p50Ms.toFixed(2), p99Ms.toFixed(2)].map(String),
  );
  return { results, shown: table(['callers at once', 'events/s', 'p50 ms', 'p99 ms'], rows) };
}
