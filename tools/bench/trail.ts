import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { messageLine, signMessage } from '@patient-access/events';
import { type BenchInstallation, withInstallation } from './installation.ts';
import type { BenchOptions } from './options.ts';
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
}

/** @returns a signed delivery. It is made before the measurement, which is only about storing it. */
function delivery(secret: string, producer: string, from: number): string {
  const lines = Array.from({ length: BATCH }, (_, at) => {
    const member = `bench-${(from + at) % MEMBERS}`;
    const body = JSON.stringify({
      requestId: randomUUID(),
      service: 'claims-service',
      tenant: TENANTS[(from + at) % TENANTS.length],
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
      request: `GET ExplanationOfBenefit/${from + at}`,
      type: 'ExplanationOfBenefit',
      resource: { reference: `ExplanationOfBenefit/${from + at}`, version: '1' },
      counts: { ExplanationOfBenefit: 1 },
      bodyHash: 'a'.repeat(64),
    });
    return messageLine(signMessage(secret, { producer, sequence: from + at, body }));
  });
  return lines.join('\n');
}

async function take({ directory }: BenchInstallation, events: number): Promise<Taken> {
  const { PORT, EVENT_SECRET = '' } = parseEnv(readFileSync(join(directory, 'audit.env'), 'utf8'));
  const producer = `bench/${randomUUID()}`;
  const deliveries = Array.from({ length: Math.ceil(events / BATCH) }, (_, at) =>
    delivery(EVENT_SECRET, producer, at * BATCH + 1),
  );
  const headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${EVENT_SECRET}` };
  const url = `http://127.0.0.1:${PORT}/internal/access-events`;
  const sender = async () => {
    for (let body = deliveries.pop(); body !== undefined; body = deliveries.pop()) {
      const { status } = await fetch(url, { method: 'POST', headers, body });
      if (status !== 204) throw new Error(`audit-service answered ${status}`);
    }
  };
  const sent = deliveries.length * BATCH;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: SENDERS }, sender));
  const seconds = (performance.now() - startedAt) / 1_000;
  return { events: sent, seconds, perSecond: Math.round(sent / seconds) };
}

/** `npm run bench -- trail`: how many access events a second become AuditEvents, verified, chained and committed. */
export async function measureTrail({ members, seed, rounds, seconds }: BenchOptions) {
  const perRound = 5_000 * seconds;
  const results = await withInstallation({ members, seed }, async (installation) => {
    const taken: Taken[] = [];
    for (let round = 0; round < rounds; round += 1) taken.push(await take(installation, perRound));
    return taken;
  });
  const rows = results.map(({ events, seconds: took, perSecond }) =>
    [events, took.toFixed(1), perSecond].map(String),
  );
  return { results, shown: markdownTable(['events', 'seconds', 'events/s'], rows) };
}
