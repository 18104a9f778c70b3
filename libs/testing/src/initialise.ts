/** Makes the data directory of an embedded Postgres. */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeDataDirectory, type Identity } from './binaries.ts';

/** The superuser's. The server listens on loopback alone. */
export const ADMIN_PASSWORD = 'embedded';
export const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** UTF-8 in bytewise order, with the upper and lower case of Unicode. */
export const INITDB_OPTIONS = {
  /** The same on every operating system, because Postgres knows it itself. */
  ofPostgres: ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  /** Up to version 16 it asks the operating system. */
  ofSystem: ['--encoding=UTF8', '--locale=C.UTF-8'],
};
const FIRST_OF_POSTGRES = 17;

function optionsFor(initdb: string): readonly string[] {
  const said = execFileSync(initdb, ['--version'], { cwd: '/', encoding: 'utf8' });
  const version = Number(/\d+/.exec(said)?.[0]);
  return version < FIRST_OF_POSTGRES ? INITDB_OPTIONS.ofSystem : INITDB_OPTIONS.ofPostgres;
}

const INITDB_MS = 120_000;

/** The line of Postgres' output that says what went wrong. */
export function complaint(output: string): string {
  const lines = output.trim().split('\n');
  return lines.find((line) => /\b(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1) ?? '';
}

/** @throws Error with one line when initdb fails, or does not end in time */
function runInitdb(initdb: string, options: string[], identity: Identity | undefined): Promise<void> {
  const child = spawn(initdb, options, {
    ...identity,
    cwd: '/',
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INITDB_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const endWithUs = () => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  return new Promise<void>((resolve, reject) => {
    const failed = (why: string) => reject(new Error(`Postgres could not create its data directory: ${why}`));
    child.once('error', (error) => failed(error.message));
    child.once('close', (code) => (code === 0 ? resolve() : failed(complaint(said) || 'initdb was ended')));
  }).finally(() => process.removeListener('exit', endWithUs));
}

/** Removes what a killed initialisation has left. Its initdb may have gone on for some seconds after the kill. */
export function removeUnfinished(directory: string): void {
  const [parent, prefix] = [dirname(directory), `${basename(directory)}.new-`];
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent).filter((each) => each.startsWith(prefix)))
    rmSync(join(parent, name), { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Makes a data directory. It is whole, or it is not there: it is made under another name and renamed at the end. So a
 * kill in the middle leaves nothing that looks like a data directory.
 *
 * @param more options of initdb beside those that every data directory has
 * @throws Error with one line
 */
export async function initialise(
  initdb: string,
  directory: string,
  identity: Identity | undefined,
  more: readonly string[] = [],
): Promise<void> {
  const unfinished = `${directory}.new-${process.pid}`;
  mkdirSync(dirname(directory), { recursive: true });
  makeDataDirectory(unfinished, identity);
  const passwordFile = `${directory}.new-${process.pid}.password`;
  writeFileSync(passwordFile, ADMIN_PASSWORD, { mode: 0o600 });
  if (identity) chownSync(passwordFile, identity.uid, identity.gid);
  const fixed = ['-U', 'postgres', '-A', 'scram-sha-256', ...optionsFor(initdb), ...more];
  try {
    await runInitdb(initdb, ['-D', unfinished, `--pwfile=${passwordFile}`, ...fixed], identity);
    renameSync(unfinished, directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
  }
}
