/** Starts, watches and stops child processes. They do not belong to the terminal's process group. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { COMPILE_CACHE, endProcess } from '@patient-access/testing';
import { NODE_FLAGS, type ServiceName } from '@patient-access/topology';
import type { Environment } from './environment.ts';

const root = resolve(import.meta.dirname, '../..');
const STOP_MS = 10_000;

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** Asks a process to end, and kills it if it does not end in time. */
export async function stop(child: ChildProcess): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await endProcess(child);
  clearTimeout(timer);
}

/**
 * Starts a service. Its log goes to `{logs}/{service}.log`. It gets only the environment of the topology, and nothing
 * that is set in the current shell.
 */
export function startService(
  service: ServiceName,
  environment: Environment,
  logs: string,
  apps = join(root, 'apps'),
): ChildProcess {
  const log = openSync(join(logs, `${service}.log`), 'a');
  return spawn(process.execPath, [...NODE_FLAGS, join(apps, service, 'dist/main.js')], {
    detached: true,
    env: { NODE_ENV: 'production', ...COMPILE_CACHE, ...environment },
    stdio: ['ignore', log, log],
  });
}

/** A process that fails ends, and so ends the wait. This is for one that hangs, and has to be long on a busy machine. */
const READY_MS = 180_000;
const POLL_MS = 50;

/** @returns the reason in the last line of a service's log, or that line if it has none */
function lastWords(service: ServiceName, logs: string): string {
  const last =
    readFileSync(join(logs, `${service}.log`), 'utf8')
      .trim()
      .split('\n')
      .at(-1) ?? '';
  return /"reason":"([^"]*)"/.exec(last)?.[1] ?? last;
}

/**
 * Waits until a service is ready.
 *
 * @param port of its metrics, where nobody is asked for a certificate
 * @throws Error with the last line of its log when its process ends instead
 */
export async function whenReady(
  service: ServiceName,
  child: ChildProcess,
  port: string,
  logs: string,
): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new Error(`${service}: ${lastWords(service, logs)}`);
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  throw new Error(
    `${service} was not ready within ${READY_MS / 1000} s; see ${join(logs, `${service}.log`)}`,
  );
}

/** Passes a JSON document to auth-service's administration command. */
export async function seedAuth(environment: Environment, document: object): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'apps/auth-service/dist/admin.js'), 'seed'], {
    env: environment,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  child.stdin.end(JSON.stringify(document));
  const code = await new Promise((done) => child.once('exit', done));
  if (code !== 0) throw new Error(`the preview's logins could not be created: ${said.trim()}`);
}
