/** What the bench reads from the environment. */
import { installedPostgres, namedPostgres } from '@patient-access/testing';

const { POSTGRES_PROGRAMS: named } = process.env;
/**
 * The folder of the programs of the Postgres that is measured; undefined: the one from npm. That one is compiled for size and
 * has no lz4, so it takes more processor time for the same work than those that plans run. So one of this machine wins.
 */
export const measuredPostgres = namedPostgres(named, installedPostgres());
