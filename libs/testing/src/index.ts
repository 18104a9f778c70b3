export { dataDirectory } from './binaries.ts';
export { adminUrl, freePort, type Postgres, startPostgres } from './postgres.ts';
