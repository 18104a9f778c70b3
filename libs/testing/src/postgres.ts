/** A Postgres for tests and for installations on one machine: 18, with binaries from npm, unless another one is named. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { binaries, dataDirectory, isInitialised, temporaryDataDirectory, unprivileged } from './binaries.ts';
import { postgresOfEnvironment } from './config.ts';
import { endProcess } from './end-process.ts';
import { ADMIN_PASSWORD, complaint, ENVIRONMENT, initialise, removeUnfinished } from './initialise.ts';
import { freePort } from './ports.ts';
import { copyDirectory, initialiseTemporary } from './template.ts';

export interface Postgres {
  /** connection of the superuser to the database `postgres` */
  adminUrl: string;
  port: number;
  process: ChildProcess;
  stop(): Promise<void>;
}

/** @returns the superuser's connection to a database of a server that was started here */
export function adminUrl(port: number, database = 'postgres'): string {
  return `postgres://postgres:${ADMIN_PASSWORD}@127.0.0.1:${port}/${database}`;
}

/** `connections`, or `read-only connections` of a standby */
const READY = 'ready to accept';
/** Recovery after a power failure may take long. */
const READY_MS = 120_000;
/** A fast shutdown writes a checkpoint. After this time the server ends without one. */
const END_MS = 60_000;
const SETTINGS = ['-h', '127.0.0.1', '-k', '', '-c', 'max_connections=200', '-c', 'log_min_messages=warning'];
/**
 * A temporary database need not survive a power failure; one that is kept has to. With small files of the log, initdb would
 * have a checkpoint at every 64 MB of it.
 */
const THROW_AWAY = ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'max_wal_size=1GB'];
/**
 * With Postgres' default of 128 MB, rows leave the buffers before vacuum and verification read them. With its default of
 * 1 GB of log there is a checkpoint every half minute under load. After each one, every page that changes is written to
 * the log as a whole again.
 */
const KEPT = ['-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'];
/** Resolves when the server accepts connections. Rejects with the last line of its output when the server ends. */
function whenReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => {
      server.kill('SIGQUIT');
      reject(new Error(`Postgres was not ready within ${READY_MS / 1000} s: ${complaint(said)}`));
    }, READY_MS);
    server.once('exit', () => clearTimeout(timer));
    server.stderr?.on('data', (chunk) => {
      said = (said + String(chunk)).slice(-2_000);
      if (!said.includes(READY)) return;
      clearTimeout(timer);
      resolve();
    });
    server.once('exit', () => reject(new Error(`Postgres did not start: ${complaint(said)}`)));
    server.once('error', reject);
  });
}

async function end(server: ChildProcess): Promise<void> {
  const timer = setTimeout(() => server.kill('SIGQUIT'), END_MS);
  // SIGINT: a fast shutdown, which does not wait for clients to disconnect.
  await endProcess(server, 'SIGINT');
  clearTimeout(timer);
}

export interface PostgresOptions {
  /** data directory, which is kept; if absent, a temporary one that `stop` removes */
  dir?: string;
  /** data directory of a server that has stopped, which a temporary one begins with */
  copyOf?: string;
  /** if absent, a free one */
  port?: number;
  /** separates it from the terminal, so that Ctrl-C there does not reach it */
  detached?: boolean;
  /** folder of the programs of another Postgres, 15 or later; if absent, the one that `POSTGRES_PROGRAMS` names, or npm's */
  programs?: string | undefined;
}

/**
 * Starts Postgres on loopback. When started by root it runs as an unprivileged user.
 *
 * @throws Error with one readable line
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const identity = unprivileged();
  const kept = options.dir !== undefined && dataDirectory(options.dir);
  const directory = kept || temporaryDataDirectory();
  const { initdb, postgres, copy } = await binaries(
    identity,
    directory,
    options.programs ?? postgresOfEnvironment,
  );
  const port = options.port ?? (await freePort());
  removeUnfinished(directory);
  if (options.copyOf !== undefined) await copyDirectory(options.copyOf, directory);
  else if (!kept) await initialiseTemporary(initdb, directory, identity);
  else if (!isInitialised(directory, identity)) await initialise(initdb, directory, identity);
  const settings = ['-D', directory, '-p', String(port), ...SETTINGS, ...(kept ? KEPT : THROW_AWAY)];
  const server = spawn(postgres, settings, {
    ...identity,
    cwd: '/',
    env: ENVIRONMENT,
    detached: options.detached ?? false,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const endWithUs = () => void server.kill('SIGQUIT');
  process.once('exit', endWithUs);
  await whenReady(server);
  return {
    adminUrl: adminUrl(port),
    port,
    process: server,
    async stop() {
      process.removeListener('exit', endWithUs);
      await end(server);
      if (!kept) rmSync(dirname(directory), { recursive: true, force: true });
      if (copy) rmSync(copy, { recursive: true, force: true });
    },
  };
}
