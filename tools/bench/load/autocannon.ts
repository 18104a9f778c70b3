/**
 * A load generator as a program of its own. It reads settings as JSON from standard input, and writes its result as one
 * line.
 */
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import type { LoadResult, LoadOptions } from './call.ts';

const { url, calls, expect, seconds, connections } = JSON.parse(await text(process.stdin)) as LoadOptions & {
  connections: number;
};
let wrong = 0;
const instance = autocannon({
  url,
  connections,
  duration: seconds,
  requests: calls.map(({ path, headers }) => ({
    path,
    headers,
    onResponse: (status: number) => void (wrong += status === expect ? 0 : 1),
  })),
});
const { requests, errors, throughput, latency, duration } = await instance;
const load: LoadResult = {
  requests: requests.total,
  seconds: duration,
  errors: errors + wrong,
  bytes: Math.round(throughput.total / Math.max(requests.total, 1)),
  p50Ms: latency.p50,
  p99Ms: latency.p99,
};
console.log(JSON.stringify(load));
