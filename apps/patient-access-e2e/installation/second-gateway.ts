/** A second replica of the gateway for a running installation. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { freePort, waitUntil } from '@patient-access/testing';

const MAIN = resolve(import.meta.dirname, '../../fhir-gateway/dist/main.js');
const READY_MS = 60_000;

export interface Gateway {
  /** origin */
  url: string;
  process: ChildProcess;
  stop(): Promise<void>;
}

/**
 * @param change settings in place of those of the first one; with a service that fails it is alive and not ready
 * @throws Error when it is not ready in time
 */
export async function startSecondGateway(
  directory: string,
  change: Record<string, string> = {},
): Promise<Gateway> {
  const port = await freePort();
  const settings = parseEnv(readFileSync(join(directory, 'gateway.env'), 'utf8'));
  const child = spawn(process.execPath, [MAIN], {
    env: { NODE_ENV: 'production', ...settings, ...change, PORT: String(port), METRICS_PORT: '0' },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const ready = () =>
    fetch(`${url}/health/${Object.keys(change).length > 0 ? 'live' : 'ready'}`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(ready, { withinMs: READY_MS, failure: () => 'the second gateway is not ready' });
  return {
    url,
    process: child,
    async stop() {
      const exited = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await exited;
    },
  };
}
