/**
 * Sends requests at a fixed rate, however long the responses take. It measures the latency that a visitor sees, from
 * the planned time of a request. This is a program of its own, with settings as JSON on standard input and one line of
 * JSON as output.
 */
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { LoadResult, LoadOptions } from './call.ts';
import { percentile } from '../statistics.ts';

const MAX_CONNECTIONS = 128;

const { url, calls, expect, seconds, perSecond } = JSON.parse(await text(process.stdin)) as LoadOptions & {
  perSecond: number;
};
const pool = new Pool(url, { connections: MAX_CONNECTIONS });
const latencies: number[] = [];
let errors = 0;
let bytes = 0;

async function send(at: number, intended: number): Promise<void> {
  const { path = '/', headers } = calls[at % calls.length] ?? {};
  try {
    const { statusCode, body } = await pool.request({ path, method: 'GET', headers });
    bytes += (await body.arrayBuffer()).byteLength;
    if (statusCode !== expect) errors += 1;
  } catch {
    errors += 1;
  }
  latencies.push(performance.now() - intended);
}

const startedAt = performance.now();
const total = Math.round(perSecond * seconds);
const sent: Promise<void>[] = [];
while (sent.length < total) {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1);
  while (sent.length < due) sent.push(send(sent.length, startedAt + (sent.length * 1000) / perSecond));
  await sleep(1);
}
await Promise.all(sent);
const load: LoadResult = {
  requests: total,
  seconds: (performance.now() - startedAt) / 1000,
  errors,
  bytes: Math.round(bytes / total),
  p50Ms: percentile(latencies, 0.5),
  p99Ms: percentile(latencies, 0.99),
};
console.log(JSON.stringify(load));
await pool.close();
