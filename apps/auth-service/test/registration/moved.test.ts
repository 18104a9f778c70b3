import { createHash } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { applyMigrations, createPool, provisionDatabase } from '@patient-access/database';
import { type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import { findAdmitted } from '../../src/domain/clients/clients.ts';

const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations');
/** The migrations of an installation that had no table of clients yet. */
const BEFORE = ['20261125000000_auth', '20261125000000_tenant_settings', '20261125009600_client_origins'];
const CLIENT = {
  client_id: 'app-1',
  client_secret: createHash('sha256').update('secret').digest('base64url'),
  client_name: 'Health Diary',
  redirect_uris: ['https://app.example:8443/callback?x=1', 'com.example.app:/callback'],
  token_endpoint_auth_method: 'client_secret_basic',
  verified: false,
};

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres?.stop());

it('clients of an earlier version keep id, secret, metadata and origins', async () => {
  const urls = await provisionDatabase(postgres.adminUrl, 'auth', () => 'test');
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  for (const name of [...BEFORE, 'migration_lock.toml'])
    await cp(join(MIGRATIONS, name), join(directory, name), { recursive: true });
  await applyMigrations(urls.owner, directory);
  await rm(directory, { recursive: true });
  const owner = new pg.Client({ connectionString: urls.owner });
  await owner.connect();
  await owner.query(
    `INSERT INTO tenant (id, name, kind, registration) VALUES ('north', 'North', 'preview', 'open')`,
  );
  const record = `INSERT INTO oidc_record (tenant, model, id, payload, expires_at) VALUES ('north', $1, $2, $3, 'infinity')`;
  await owner.query(record, ['Client', 'x', JSON.stringify(CLIENT)]);
  await owner.query(record, ['Session', 'y', '{}']);

  await applyMigrations(urls.owner, MIGRATIONS);

  const { rows } = await owner.query('SELECT model FROM oidc_record');
  expect(rows).toEqual([{ model: 'Session' }]);
  expect((await owner.query('SELECT origins FROM client')).rows).toEqual([
    { origins: ['https://app.example:8443'] },
  ]);
  await owner.end();
  const pool = await createPool(urls.service, { max: 1 });
  const { client_id, client_secret, ...metadata } = CLIENT;
  expect(await findAdmitted(pool, 'north', client_id)).toMatchObject({ metadata, secret: client_secret });
  await pool.end();
});
