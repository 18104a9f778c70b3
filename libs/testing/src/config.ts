import { namedPostgres } from './installed-postgres.ts';

const { POSTGRES_PROGRAMS: named } = process.env;

/** The folder of the programs of the Postgres that is started where nobody says which one; undefined: the one from npm. */
export const postgresOfEnvironment = namedPostgres(named);
