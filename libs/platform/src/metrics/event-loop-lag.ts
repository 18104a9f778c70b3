/**
 * How long work waits for the one thread of this process. prom-client's own measure wakes the process a hundred times a
 * second, which costs most of what an idle process costs. This one looks often only while there is work.
 */
import { createHistogram, performance } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';

const BUSY_LOOK_MS = 20;
const QUIET_LOOK_MS = 1_000;
/** Share of the time in which the thread worked, above which the process is busy. */
const BUSY = 0.02;
const NANOSECONDS = 1e6;

const LAG = 'nodejs_eventloop_lag';
/** What prom-client shows of its own measure, which does not run. */
const REPLACED = ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map(
  (value) => `${LAG}${value}_seconds`,
);

/** The longest delay of a timer: at this precision prom-client's measure does not wake the process. */
export const NEVER_MS = 2 ** 31 - 1;

/** Measures how late timers are, as long as the process lives. @returns reads the 99th percentile since the last reading */
function watch(): () => number {
  const late = createHistogram();
  let before = performance.eventLoopUtilization();
  const look = (dueAt: number) => {
    late.record(Math.max(1, Math.round((performance.now() - dueAt) * NANOSECONDS)));
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    lookAfter(utilization > BUSY ? BUSY_LOOK_MS : QUIET_LOOK_MS);
  };
  const lookAfter = (ms: number) => {
    const dueAt = performance.now() + ms;
    setTimeout(() => look(dueAt), ms).unref();
  };
  lookAfter(BUSY_LOOK_MS);
  return () => {
    const seconds = late.percentile(99) / NANOSECONDS / 1_000;
    late.reset();
    return seconds;
  };
}

/** Shows how late timers are, in place of prom-client's measure. */
export function showEventLoopLag(metrics: Metrics): void {
  for (const name of REPLACED) metrics.registry.removeSingleMetric(name);
  metrics.gauge(
    `${LAG}_p99_seconds`,
    'How late the latest hundredth of the timers was since the last reading.',
    watch(),
  );
}
