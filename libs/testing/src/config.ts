import { namedPostgres } from './installed-postgres.ts';

const { POSTGRES_PROGRAMS: named, THOROUGH } = process.env;

/** The folder of the programs of the Postgres that is started where nobody says which one; undefined: the one from npm. */
export const postgresOfEnvironment = namedPostgres(named);

/** Whether long tests run in their long form, as `npm run test:thorough` asks. `npm test` runs them in their short form. */
export const isThorough = THOROUGH === 'true';
