/** The PostgreSQL of this machine, where there is one beside the one from npm. */
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `POSTGRES_PROGRAMS` says for the Postgres from npm. */
const FROM_NPM = 'npm';

/**
 * Reads the setting `POSTGRES_PROGRAMS`, which is one for all tools.
 *
 * @param otherwise what holds where it is not set, or is empty
 * @returns the folder of the programs of a Postgres; undefined: the one from npm
 */
export const namedPostgres = (setting: string | undefined, otherwise?: string): string | undefined =>
  setting === FROM_NPM ? undefined : setting || otherwise;

/** Where Debian has its versions. */
const BELOW = '/usr/lib/postgresql';
/** The bench, the drills and the tests of plans have been tried with this version and later ones. */
export const OLDEST_POSTGRES = 17;

/**
 * @param below folder of its versions
 * @returns the folder of the programs of the newest one that fits, the server's and the tools'; undefined: there is none
 */
export function installedPostgres(below = BELOW): string | undefined {
  const versionOf = (programs: string) => Number(/(\d+)\/bin$/.exec(programs)?.[1]);
  return globSync(join(below, '*/bin/postgres'))
    .map(dirname)
    .filter((programs) => versionOf(programs) >= OLDEST_POSTGRES)
    .toSorted((one, other) => versionOf(other) - versionOf(one))[0];
}
