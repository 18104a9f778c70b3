/** Starts a Postgres in the given directory, for a test that kills this process. */
import { startPostgres } from '../../src/index.ts';

await startPostgres({ dir: process.argv[2] ?? '' });
console.log('started');
