import { expect, test } from '@jest/globals';
import pg from 'pg';
import { startPostgres } from '../../src/index.ts';
import { OLDEST_PROMISED, oldestPostgres } from '../../src/oldest-postgres.ts';

test('the Postgres of `npm run test:oldest-postgres` is of the oldest version that is promised', async () => {
  const postgres = await startPostgres({ programs: oldestPostgres() });
  const client = new pg.Client({ connectionString: postgres.adminUrl });
  await client.connect();
  const { rows } = await client.query<{ version: number; sorted: boolean; lower: string }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version, 'Z' < 'a' AND 'z' < 'é' AS sorted, lower('É') AS lower`,
  );
  expect(rows).toEqual([{ version: OLDEST_PROMISED, sorted: true, lower: 'é' }]);
  await client.end();
  await postgres.stop();
});
