import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readiness } from '../health.ts';
import type { Logger } from '../logging.ts';
import { Metrics } from '../metrics/metrics.ts';
import { describeService, serveMetrics } from '../metrics/metrics-server.ts';

/**
 * What a service cannot start without, by name. Each says why it is away as long as it helps to wait, and throws when it
 * does not help.
 */
export type Needs = Readonly<Record<string, () => Promise<string | undefined>>>;

const PAUSE_MS = 1_000;

/** What the port of the metrics says, and where it is. */
interface Shown {
  service: string;
  release: string;
  host: string;
  port: number;
}

/** What is away, and why. */
type Away = Readonly<Record<string, string>>;

async function whatIsAway(needs: Needs): Promise<Away> {
  const reasons = await Promise.all(
    Object.entries(needs).map(async ([name, whyAway]) => [name, await whyAway()] as const),
  );
  return Object.fromEntries(
    reasons.flatMap(([name, reason]) => (reason === undefined ? [] : [[name, reason]])),
  );
}

/** One line for each reason, and not for each try. */
function sayChanges(before: Away, now: Away, logger: Logger): void {
  for (const [check, reason] of Object.entries(now))
    if (before[check] !== reason) logger.warn({ check, reason }, 'the start waits');
  for (const check of Object.keys(before)) if (!(check in now)) logger.info({ check }, 'the start goes on');
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

/**
 * Waits until everything is there that a service needs (ADR 128). Meanwhile the port of the metrics answers: the process
 * lives, it is not ready, and the checks say what is missing.
 *
 * @throws Error when it does not help to wait
 */
export async function waitForNeeds(needs: Needs, shown: Shown, logger: Logger): Promise<void> {
  let away = await whatIsAway(needs);
  if (Object.keys(away).length === 0) return;
  const isThere = (name: string) => async () => {
    if (name in away) throw new Error(away[name]);
  };
  const checks: Readiness = Object.fromEntries(Object.keys(needs).map((name) => [name, isThere(name)]));
  const metrics = new Metrics();
  describeService(metrics, shown, checks);
  const server = await serveMetrics(metrics, checks, shown, logger);
  try {
    let before: Away = {};
    while (Object.keys(away).length > 0) {
      sayChanges(before, away, logger);
      before = away;
      await delay(PAUSE_MS);
      away = await whatIsAway(needs);
    }
    sayChanges(before, away, logger);
  } finally {
    await close(server);
  }
}
