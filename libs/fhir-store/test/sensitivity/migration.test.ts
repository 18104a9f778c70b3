import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyMigrations, provisionDatabase } from '@patient-access/database';
import { sensitivityLabels } from '@patient-access/fhir';
import { condition, type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';

const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations');
const hl7 = (name: string) => `http://terminology.hl7.org/CodeSystem/${name}`;
const SECURITY: [id: string, security: unknown][] = [
  ['none', undefined],
  [
    'reason',
    [
      { system: hl7('v3-Confidentiality'), code: 'R' },
      { system: hl7('v3-ActCode'), code: 'ETH' },
    ],
  ],
  ['restricted', [{ system: hl7('v3-Confidentiality'), code: 'V' }]],
  ['normal', [{ system: hl7('v3-Confidentiality'), code: 'N' }]],
  ['test', [{ system: hl7('v3-ActReason'), code: 'HTEST' }]],
  ['own', [{ system: 'urn:plan', code: 'staff' }, {}]],
  ['malformed', { code: 'x' }],
];

describe('a resource that was stored before labels were evaluated', () => {
  const before = mkdtempSync(join(tmpdir(), 'patient-access-migrations-'));
  let postgres: Postgres;
  let admin: pg.Pool;
  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'clinical', () => 'test');
    admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'clinical'), max: 1 });
    // Postgres may be stopped while a connection is still closing.
    admin.on('error', () => undefined);
    for (const name of ['20261125000000_init', 'migration_lock.toml'])
      cpSync(join(MIGRATIONS, name), join(before, name), { recursive: true });
    await applyMigrations(urls.owner, before);
    for (const [id, security] of SECURITY) {
      const body = JSON.stringify(condition(id, 'anna', { meta: { security } }));
      for (const table of ['resource (hash, ', 'resource_history ('])
        await admin.query(
          `INSERT INTO ${table}tenant, member, type, id, version, last_updated, body)
           VALUES (${table.includes('hash') ? "''," : ''} 'north', 'anna', 'Condition', $1, 1, now(), $2)`,
          [id, body],
        );
    }
    await applyMigrations(urls.owner, MIGRATIONS);
  }, 60_000);
  afterAll(async () => {
    await admin?.end();
    await postgres?.stop();
    rmSync(before, { recursive: true, force: true });
  });

  it.each(['resource', 'resource_history'])('has its labels in %s after the migration', async (table) => {
    const { rows } = await admin.query<{ id: string; sensitivity: string[] }>(
      `SELECT id, sensitivity FROM ${table}`,
    );
    expect(Object.fromEntries(rows.map(({ id, sensitivity }) => [id, sensitivity]))).toEqual(
      Object.fromEntries(
        SECURITY.map(([id, security]) => [
          id,
          sensitivityLabels(condition(id, 'anna', { meta: { security } })),
        ]),
      ),
    );
  });

  it('leaves row-level security in force for the owner of the tables', async () => {
    const { rows } = await admin.query<{ forced: boolean }>(
      "SELECT relforcerowsecurity AS forced FROM pg_class WHERE relname IN ('resource', 'resource_history')",
    );
    expect(rows.map(({ forced }) => forced)).toEqual([true, true]);
  });
});
