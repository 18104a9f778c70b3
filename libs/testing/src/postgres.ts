/** Embedded Postgres 18 (real binaries from npm), for tests and for installations on one machine. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  binaries,
  dataDirectory,
  makeDataDirectory,
  temporaryDataDirectory,
  unprivileged,
} from './binaries.ts';
import { freePort } from './ports.ts';

export interface Postgres {
  /** connection of the superuser to the database `postgres` */
  adminUrl: string;
  port: number;
  process: ChildProcess;
  stop(): Promise<void>;
}

const ADMIN_PASSWORD = 'embedded';

/** @returns the superuser's connection to a database of a server that was started here */
export function adminUrl(port: number, database = 'postgres'): string {
  return `postgres://postgres:${ADMIN_PASSWORD}@127.0.0.1:${port}/${database}`;
}

const READY = 'ready to accept connections';
/** The same on every operating system: the UTF-8 of Postgres itself, in bytewise order. */
const INITDB_OPTIONS = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];
const SETTINGS = ['-h', '127.0.0.1', '-k', '', '-c', 'max_connections=200', '-c', 'log_min_messages=warning'];
/** A temporary database need not survive a power failure; one that is kept has to. */
const THROW_AWAY = ['-c', 'fsync=off', '-c', 'full_page_writes=off'];
/**
 * With Postgres' default of 128 MB, rows leave the buffers before vacuum and verification read them. With its default of
 * 1 GB of log there is a checkpoint every half minute under load. After each one, every page that changes is written to
 * the log as a whole again.
 */
const KEPT = ['-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'];
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** The line of Postgres' output that says what went wrong. */
function complaint(output: string): string {
  const lines = output.trim().split('\n');
  return lines.find((line) => /\b(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1) ?? '';
}

type Identity = ReturnType<typeof unprivileged>;

function initialise(initdb: string, directory: string, identity: Identity): void {
  makeDataDirectory(directory, identity);
  const passwordFile = `${directory}.password`;
  writeFileSync(passwordFile, ADMIN_PASSWORD, { mode: 0o644 });
  const options = [
    '-D',
    directory,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    ...INITDB_OPTIONS,
  ];
  try {
    execFileSync(initdb, options, {
      ...identity,
      cwd: '/',
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    const said = complaint(String((error as { stderr?: Buffer }).stderr ?? error));
    throw new Error(`Postgres could not create its data directory: ${said}`);
  } finally {
    rmSync(passwordFile);
  }
}

/** Resolves when the server accepts connections. Rejects with the last line of its output when the server ends. */
function whenReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk) => {
      said = (said + String(chunk)).slice(-2_000);
      if (said.includes(READY)) resolve();
    });
    server.once('exit', () => reject(new Error(`Postgres did not start: ${complaint(said)}`)));
    server.once('error', reject);
  });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  // SIGINT: a fast shutdown, which does not wait for clients to disconnect.
  server.kill('SIGINT');
  await ended;
}

/**
 * Starts Postgres on loopback. When started by root it runs as an unprivileged user.
 *
 * @param options.dir data directory, which is kept; if absent, a temporary one that `stop` removes
 * @param options.port if absent, a free one
 * @param options.detached separates it from the terminal, so that Ctrl-C there does not reach it
 * @throws Error with one readable line
 */
export async function startPostgres(
  options: { dir?: string; port?: number; detached?: boolean } = {},
): Promise<Postgres> {
  const identity = unprivileged();
  const { initdb, postgres, copy } = await binaries(identity);
  const kept = options.dir !== undefined && dataDirectory(options.dir);
  const directory = kept || temporaryDataDirectory();
  const port = options.port ?? (await freePort());
  if (!existsSync(`${directory}/PG_VERSION`)) initialise(initdb, directory, identity);
  const settings = ['-D', directory, '-p', String(port), ...SETTINGS, ...(kept ? KEPT : THROW_AWAY)];
  const server = spawn(postgres, settings, {
    ...identity,
    cwd: '/',
    env: ENVIRONMENT,
    detached: options.detached ?? false,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await whenReady(server);
  const endWithUs = () => void server.kill('SIGQUIT');
  process.once('exit', endWithUs);
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
