import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyMigrations, provisionDatabase } from '@patient-access/database';
import { definitions, indexRows, type Resource } from '@patient-access/fhir';
import { type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';

const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations');
const THIS = '20261125010000';
const to = (reference: string) => ({ reference });
const STORED: Resource[] = [
  {
    resourceType: 'Provenance',
    id: 'full',
    target: [
      to('Condition/1'),
      to('Claim/2/_history/3'),
      to('Condition/1'),
      to('urn:uuid:x'),
      { display: 'x' },
    ],
    recorded: '2026-03-01T08:00:00+02:00',
    agent: [
      { who: to('Practitioner/p1') },
      { who: { display: 'x' } },
      { who: to('Organization/o/_history/1') },
    ],
  },
  {
    resourceType: 'Provenance',
    id: 'fraction',
    target: [to('Condition/2')],
    recorded: '2026-03-01T08:00:00.1239Z',
    agent: [],
  },
  { resourceType: 'Provenance', id: 'bare', target: [to('Condition/3')], recorded: 'yesterday' },
  { resourceType: 'Condition', id: 'other', target: [to('Condition/1')] },
];

describe('a Provenance that was stored before it could be searched for', () => {
  const before = mkdtempSync(join(tmpdir(), 'patient-access-migrations-'));
  let postgres: Postgres;
  let admin: pg.Pool;
  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'clinical', () => 'test');
    admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'clinical'), max: 1 });
    // Postgres may be stopped while a connection is still closing.
    admin.on('error', () => undefined);
    for (const name of readdirSync(MIGRATIONS).filter((each) => each < THIS || each.endsWith('.toml')))
      cpSync(join(MIGRATIONS, name), join(before, name), { recursive: true });
    await applyMigrations(urls.owner, before);
    for (const resource of STORED)
      await admin.query(
        `INSERT INTO resource (tenant, member, type, id, version, last_updated, body, hash)
         VALUES ('north', 'anna', $1, $2, 1, now(), $3, '')`,
        [resource.resourceType, resource.id, JSON.stringify(resource)],
      );
    await applyMigrations(urls.owner, MIGRATIONS);
  }, 60_000);
  afterAll(async () => {
    await admin?.end();
    await postgres?.stop();
    rmSync(before, { recursive: true, force: true });
  });

  it.each(STORED.map((resource) => [resource.id, resource]))(
    'gets the search values that an import would write: %s',
    async (id, resource) => {
      const { rows } = await admin.query<{ parameter: string }>(
        `SELECT parameter, system, value, number::text, to_char(low AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS low,
              to_char(high AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS high
         FROM search_value WHERE id = $1 AND tenant = 'north' AND member = 'anna' ORDER BY parameter, value`,
        [id],
      );
      const definition = definitions.get('Provenance');
      const { resourceType } = resource as Resource;
      const expected =
        resourceType === 'Provenance' && definition
          ? indexRows(definition, resource as Resource, 'north')
          : [];
      const key = (row: object) => JSON.stringify(Object.entries(row).sort());
      expect(rows.map(key).sort()).toEqual(expected.map(key).sort());
    },
  );
});
