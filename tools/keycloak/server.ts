/** Starts Keycloak in development mode on loopback, waits until it serves, and stops it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { whenEnded } from '@patient-access/kafka';
import { freePort, waitUntil } from '@patient-access/testing';
import { KeycloakAdmin } from './admin.ts';
import { installKeycloak } from './install.ts';

/** The first start builds the server for development mode, which takes most of this on a busy machine. */
const START_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 20_000;
const ADMINISTRATOR = 'admin';

export interface RunningKeycloak {
  /** without a slash at the end; a realm's issuer is `{url}/realms/{realm}` */
  url: string;
  administrator: { name: string; password: string };
  admin: KeycloakAdmin;
  /** resolves with one line that states the reason when it ends without being stopped */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts Keycloak with a database in memory, which is empty but for its administrator.
 *
 * @param options.port a free port when left out
 * @param options.log receives what it prints, line by line
 * @throws Error of one line: Java or Maven missing, port taken
 */
export async function startKeycloak(
  options: { port?: number; log?: (line: string) => void } = {},
): Promise<RunningKeycloak> {
  const home = await installKeycloak();
  const port = options.port ?? (await freePort());
  const administrator = { name: ADMINISTRATOR, password: randomBytes(12).toString('base64url') };
  const child = run(home, port, administrator);
  const ended = whenEnded(child, { name: 'Keycloak', cause: lastError, log: options.log });
  const url = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([untilServing(url), ended.then((reason) => Promise.reject(new Error(reason)))]);
  } catch (error) {
    await end(child, 'SIGKILL');
    throw error;
  }
  const admin = new KeycloakAdmin(url, administrator);
  return { url, administrator, admin, ended, stop: () => end(child, 'SIGTERM') };
}

function run(home: string, port: number, { name, password }: RunningKeycloak['administrator']): ChildProcess {
  const options = ['start-dev', '--http-host=127.0.0.1', `--http-port=${port}`, '--db=dev-mem'];
  const settings = {
    JAVA_OPTS_KC_HEAP: '-Xms128m -Xmx512m',
    // It lives for minutes. The second compiler of the JVM would use a third of the processor and never be repaid.
    JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
    KC_BOOTSTRAP_ADMIN_USERNAME: name,
    KC_BOOTSTRAP_ADMIN_PASSWORD: password,
  };
  const variables = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return spawn('env', [...variables, 'bash', join(home, 'bin/kc.sh'), ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The script starts Java as a child of its own: both get the signals.
    detached: true,
  });
}

/** @returns the last line about an error */
const lastError = (lines: readonly string[]): string | undefined =>
  lines.findLast((line) => line.includes('ERROR'));

async function untilServing(url: string): Promise<void> {
  const serves = async () => {
    const answer = await fetch(`${url}/realms/master/.well-known/openid-configuration`).catch(
      () => undefined,
    );
    return answer?.status === 200;
  };
  const failure = () => `Keycloak does not answer at ${url}`;
  await waitUntil(serves, { withinMs: START_LIMIT_MS, failure });
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((done) => child.once('close', done));
  process.kill(-pid, signal);
  const limit = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_LIMIT_MS);
  await closed;
  clearTimeout(limit);
}
