/** One more replica of a service for a running installation. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { COMPILE_CACHE, endProcess, freePort, waitUntil } from '@patient-access/testing';
import type { ServiceName } from '@patient-access/topology';

const APPS = resolve(import.meta.dirname, '../..');
const READY_MS = 60_000;

export interface Replica {
  /** origin */
  url: string;
  /** where its metrics are */
  metrics: string;
  process: ChildProcess;
  stop(): Promise<void>;
}

/** The settings of a service in an installation. */
export const environmentIn = (directory: string, service: ServiceName): NodeJS.Dict<string> =>
  parseEnv(readFileSync(join(directory, 'apps', `${service}.env`), 'utf8'));

/** Where the metrics of a service in an installation are. */
export const metricsAddress = (directory: string, service: ServiceName): string =>
  `http://127.0.0.1:${environmentIn(directory, service)['METRICS_PORT']}/metrics`;

/**
 * @param change settings in place of those of the first one
 * @param until `live`: with a service that fails it is alive and never ready
 * @throws Error when it is not in time
 */
export async function startReplica(
  directory: string,
  service: ServiceName,
  change: Record<string, string> = {},
  until: 'ready' | 'live' = 'ready',
): Promise<Replica> {
  const [port, metricsPort] = [change['PORT'] ?? (await freePort()), await freePort()];
  const own = { ...change, PORT: String(port), METRICS_PORT: String(metricsPort) };
  const child = spawn(process.execPath, [join(APPS, service, 'dist/main.js')], {
    env: { NODE_ENV: 'production', ...COMPILE_CACHE, ...environmentIn(directory, service), ...own },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const metrics = `http://127.0.0.1:${metricsPort}/metrics`;
  const isUp = () =>
    fetch(`${url}/health/${until}`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(isUp, { withinMs: READY_MS, failure: () => `the second ${service} is not ${until}` });
  return {
    url,
    metrics,
    process: child,
    stop: () => endProcess(child),
  };
}
