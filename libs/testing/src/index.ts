export { dataDirectory } from './binaries.ts';
export { freePort, type Postgres, startPostgres } from './postgres.ts';
