/** Starts an installation with its own directory, ports and data, and removes it when the bench ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { launch, register } from '@patient-access/first-call';
import { previewProcesses, readPreview } from '@patient-access/preview';
import { adminUrl, endProcess, freePort, reachableTemporary } from '@patient-access/testing';
import { measuredPostgres } from './config.ts';

const READY_MS = 600_000;
const root = resolve(import.meta.dirname, '../..');

/** A member with a valid token. */
export interface BenchSession {
  tenant: string;
  member: string;
  fhirBase: string;
  accessToken: string;
}

export interface BenchInstallation {
  directory: string;
  /** milliseconds from the start of the process until it is ready */
  startMs: number;
  pids: number[];
  /** connection URLs for imports, by service */
  ingest: Record<string, string>;
  /** the superuser's connection URL of a database; row-level security does not apply to it */
  database(name: string): string;
  /**
   * Logs in as every preview member whose login matches, in every tenant.
   *
   * @param least as many tokens at least: members log in again, each time with another app
   */
  sessions(scope: string, login?: RegExp, least?: number): Promise<BenchSession[]>;
  stop(): Promise<void>;
}

function whenReady(child: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    let said = '';
    const timer = setTimeout(() => failed(new Error('the installation was not ready in time')), READY_MS);
    const listen = (chunk: unknown) => {
      said += String(chunk);
      const isRunning = said.includes('is running');
      said = said.slice(-4_000);
      if (!isRunning) return;
      clearTimeout(timer);
      done();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', () => failed(new Error(`the installation ended: ${said.trim()}`)));
  });
}

async function sessionsOf(
  directory: string,
  scope: string,
  login: RegExp,
  least: number,
): Promise<BenchSession[]> {
  const sessions = await sessionsOfOneApp(directory, scope, login);
  while (sessions.length > 0 && sessions.length < least)
    sessions.push(...(await sessionsOfOneApp(directory, scope, login)));
  return sessions;
}

async function sessionsOfOneApp(directory: string, scope: string, login: RegExp): Promise<BenchSession[]> {
  const sessions: BenchSession[] = [];
  for (const { id, fhirBase, issuer, members } of readPreview(directory).tenants) {
    const client = await register(issuer);
    for (const account of members.filter((member) => login.test(member.login))) {
      const { login: name, password } = account;
      const session = await launch({ issuer, fhirBase, login: name, password, scope }, client);
      sessions.push({ tenant: id, member: session.patient, fhirBase, accessToken: session.accessToken });
    }
  }
  return sessions;
}

/** @returns an empty directory for {@link startInstallation}; the caller removes it */
export const temporaryDirectory = () => reachableTemporary('patient-access-bench-');

const environmentOf = (directory: string, port: number): Record<string, string> => ({
  PATH: '/usr/bin:/bin',
  PORT: String(port),
  LOCAL_DIR: directory,
  ...(measuredPostgres !== undefined && { POSTGRES_PROGRAMS: measuredPostgres }),
});

/** Starts everything as `npm start` does. @throws Error with the output when something does not start */
export async function startInstallation(
  directory: string,
  population: { members: number; seed: number; serviceTls?: boolean },
): Promise<BenchInstallation> {
  const startedAt = performance.now();
  const port = await freePort();
  const { members, seed, serviceTls = false } = population;
  const args = [
    '--members',
    String(members),
    '--seed',
    String(seed),
    ...(serviceTls ? ['--service-tls'] : []),
  ];
  const child = spawn(process.execPath, [join(root, 'tools/preview/main.ts'), ...args], {
    env: environmentOf(directory, port),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endWithUs = () => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  await whenReady(child);
  const startMs = performance.now() - startedAt;
  const pids = await previewProcesses(directory);
  const ingest = JSON.parse(readFileSync(join(directory, 'ingest.json'), 'utf8')) as Record<string, string>;
  const postgresPort = Number(new URL(ingest['claims-service'] ?? '').port);
  return {
    directory,
    startMs,
    pids: pids.filter((pid) => pid !== child.pid),
    ingest,
    database: (name) => adminUrl(postgresPort, name),
    sessions: (scope, login = /./, least = 1) => sessionsOf(directory, scope, login, least),
    async stop() {
      process.removeListener('exit', endWithUs);
      await endProcess(child);
    },
  };
}

/** Runs `work` on an installation. Its directory is removed afterwards in any case. */
export async function withInstallation<Result>(
  population: { members: number; seed: number; serviceTls?: boolean },
  work: (installation: BenchInstallation) => Promise<Result>,
): Promise<Result> {
  const directory = temporaryDirectory();
  try {
    const installation = await startInstallation(directory, population);
    try {
      return await work(installation);
    } finally {
      await installation.stop();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
