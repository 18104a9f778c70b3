import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import { createPool, type DatabaseUrls, provisionDatabase } from '../../src/index.ts';

describe('roles', () => {
  let postgres: Postgres;
  let claims: DatabaseUrls;
  let coverage: DatabaseUrls;
  beforeAll(async () => {
    postgres = await startPostgres();
    claims = await provisionDatabase(postgres.adminUrl, 'claims', () => 'test');
    coverage = await provisionDatabase(postgres.adminUrl, 'coverage', () => 'test');
    const owner = new pg.Client({ connectionString: claims.owner });
    await owner.connect();
    await owner.query('CREATE TABLE owned (id int)');
    await owner.end();
  });
  afterAll(() => postgres.stop());

  async function sql(url: string, statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  test('a service may connect as the service role', async () => {
    const pool = await createPool(claims.service, { max: 1 });
    expect((await pool.query('SELECT current_user AS role')).rows).toEqual([{ role: 'claims_service' }]);
    await pool.end();
  });

  test.each(['superuser', 'owner', 'bypassrls'])(
    'a role to which row-level security does not apply is refused: %s',
    async (kind) => {
      const admin = postgres.adminUrl.replace(/postgres$/, 'claims');
      if (kind === 'bypassrls') await sql(admin, 'ALTER ROLE claims_ingest BYPASSRLS');
      const url = kind === 'superuser' ? admin : kind === 'owner' ? claims.owner : claims.ingest;
      await expect(createPool(url, { max: 1 })).rejects.toThrow(kind);
      if (kind === 'bypassrls') await sql(admin, 'ALTER ROLE claims_ingest NOBYPASSRLS');
    },
  );

  test('a connection URL does not take the deadlines away', async () => {
    const pool = await createPool(`${claims.service}?statement_timeout=0`, {
      max: 1,
      statementTimeoutMs: 50,
    });
    await expect(pool.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
    await pool.end();
  });

  test('a role of one database may not connect to another', async () => {
    const elsewhere = claims.service.replace('/claims', '/coverage');
    await expect(sql(elsewhere, 'SELECT 1')).rejects.toThrow(/permission denied for database/);
    await expect(sql(coverage.service, 'SELECT 1')).resolves.toBeUndefined();
  });

  test('provisioning again keeps the database and changes the passwords', async () => {
    const again = await provisionDatabase(postgres.adminUrl, 'claims', () => 'another');
    await expect(sql(claims.service, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await expect(sql(again.owner, 'SELECT * FROM owned')).resolves.toBeUndefined();
  });
});
