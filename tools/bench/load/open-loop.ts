/**
 * Sends requests at a fixed rate, however long the responses take. It measures the latency that a visitor sees, from
 * the planned time of a request. This is a program of its own, with settings as JSON on standard input and one line of
 * JSON as output.
 *
 * A visitor has a processor of his own, and this program shares two with the server. So it costs as little as it can, does
 * not count the seconds in which its own code is compiled, and goes before the server where the system lets it.
 */
import { setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadResult, LoadOptions } from './call.ts';
import { Connection, requestBytes } from './connection.ts';
import { percentile } from '../statistics.ts';

const MAX_CONNECTIONS = 128;
/** In its first second, cold, it falls behind its own plan. */
const WARM_UP_SECONDS = 4;
/** -20 goes first, 19 last. Only root may go before others. */
const PRIORITY = -15;

const { url, calls, expect, seconds, perSecond } = JSON.parse(await text(process.stdin)) as LoadOptions & {
  perSecond: number;
};

try {
  setPriority(PRIORITY);
} catch {
  // The latencies then have its own waiting in them.
}

const target = new URL(url);
const requests = calls.map(({ path, headers }) => requestBytes(target, path, headers));
const connections = Array.from({ length: MAX_CONNECTIONS }, () => new Connection(target));
const free = [...connections];
/** planned, and without a connection until one is free */
const waiting: number[] = [];

const warmUp = Math.round(perSecond * WARM_UP_SECONDS);
const total = warmUp + Math.round(perSecond * seconds);
const latencies = new Float64Array(total);
let planned = 0;
let answered = 0;
let errors = 0;
let received = 0;

const startedAt = performance.now();
const plannedAt = (at: number) => startedAt + (at * 1000) / perSecond;

function send(at: number): void {
  const connection = free.pop();
  const request = requests[at % requests.length];
  if (!connection || !request) {
    waiting.push(at);
    return;
  }
  connection.send(request, (status, bytes) => {
    latencies[at] = performance.now() - plannedAt(at);
    answered += 1;
    if (at >= warmUp) {
      received += bytes;
      if (status !== expect) errors += 1;
    }
    free.push(connection);
    const next = waiting.shift();
    if (next !== undefined) send(next);
  });
}

while (answered < total) {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1);
  for (; planned < due; planned += 1) send(planned);
  await sleep(1);
}
for (const connection of connections) connection.close();

const counted = [...latencies.subarray(warmUp)];
const load: LoadResult = {
  requests: counted.length,
  seconds: (performance.now() - plannedAt(warmUp)) / 1000,
  errors,
  bytes: Math.round(received / counted.length),
  p50Ms: percentile(counted, 0.5),
  p99Ms: percentile(counted, 0.99),
};
console.log(JSON.stringify(load));
