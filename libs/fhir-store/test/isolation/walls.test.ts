import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, createReadPool, type ReadPool } from '@patient-access/database';
import { observation, practitioner } from '@patient-access/testing';
import pg from 'pg';
import { readRows } from '../../src/sql/row-scope.ts';
import { searchPageStatement } from '../../src/sql/page-sql.ts';
import { startWorld, type World } from '../world.ts';
import { expectOnlyOwn } from './assertions.ts';

const ANNA = { tenant: 'north', member: 'anna' };
const TABLES = ['resource', 'resource_history', 'search_value', 'member_change'];
/** The predicate that every statement of the store carries, and what replaces it here. */
const PREDICATE = 'r.tenant = $1 AND r.member = $2 AND r.type = $3';
const NO_PREDICATE = '$1::text IS NOT NULL AND $2::text IS NOT NULL AND r.type = $3';

interface Row {
  id: string;
  [column: string]: unknown;
}

describe('the walls in the database', () => {
  let world: World;
  let service: ReadPool;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(
      'north',
      observation('anna-1', 'anna'),
      observation('ben-1', 'ben'),
      practitioner('p-1', 'Berg'),
    );
    await world.store('north', observation('ben-1', 'ben', { status: 'amended' }));
    await world.store('south', observation('south-1', 'anna'));
    service = await createReadPool(world.urls.service, { max: 1 });
  });
  afterAll(async () => {
    await service?.end();
    await world?.stop();
  });

  const page = searchPageStatement(
    { rowScope: ANNA, type: 'Observation', clauses: [], granularClauses: [[]], released: [] },
    {
      count: 50,
      sort: [{ parameter: '_lastUpdated', kind: 'date', descending: true }],
    },
  );
  const unscoped = { text: page.text.replace(PREDICATE, NO_PREDICATE), values: page.values };

  it('are two: the predicate of the store, and row-level security behind it', async () => {
    expect(unscoped.text).not.toBe(page.text);
    const [scoped] = await readRows<Row>(service, ANNA, [page]);
    expectOnlyOwn((scoped ?? []).map(({ id }) => id));
    const [behind] = await readRows<Row>(service, ANNA, [unscoped]);
    expectOnlyOwn((behind ?? []).map(({ id }) => id));
  });

  it('let foreign rows through when both are missing (canary: this is what a leak would look like)', async () => {
    const client = await world.admin.connect();
    const { rows } = await client.query<Row>(unscoped).finally(() => client.release());
    expect(() => expectOnlyOwn(rows.map(({ id }) => id))).toThrow();
  });

  it.each(TABLES)('show only rows of the member and of the plan in %s', async (table) => {
    const [rows] = await readRows<Row>(service, ANNA, [{ text: `SELECT * FROM ${table}`, values: [] }]);
    for (const row of rows ?? []) {
      expect(row['tenant']).toBe('north');
      expect(['anna', '']).toContain(row['member']);
    }
  });

  it.each(TABLES)('make a look at %s without a context fail instead of returning nothing', async (table) => {
    const look = `SELECT count(*) FROM ${table}`;
    await expect(service.query(look)).rejects.toThrow(/context|app\.(tenant|member)/);
    const fresh = await createPool(world.urls.service, { max: 1 });
    await expect(fresh.query(look)).rejects.toThrow(/app\.(tenant|member)/);
    await fresh.end();
  });

  it('make a missing row scope an error, at compile time and at run time (case T07)', async () => {
    // @ts-expect-error no scope
    await expect(readRows(service, undefined, [page])).rejects.toThrow(TypeError);
    // @ts-expect-error no tenant
    await expect(readRows(service, { member: 'anna' }, [page])).rejects.toThrow(TypeError);
    // @ts-expect-error no member
    await expect(readRows(service, { tenant: 'north' }, [page])).rejects.toThrow(/context/);
  });

  it('do not let the service role change what it reads', async () => {
    const writable = await createPool(world.urls.service, { max: 1 });
    for (const statement of [
      "UPDATE resource SET member = 'anna'",
      'DELETE FROM resource',
      "INSERT INTO resource VALUES ('north','anna','Observation','x',1,now(),'{}','')",
      'ALTER TABLE resource DISABLE ROW LEVEL SECURITY',
      'DROP POLICY member ON resource',
      'TRUNCATE resource',
    ]) {
      await expect(writable.query(statement)).rejects.toThrow(/permission denied|must be owner/);
      await expect(service.query(statement)).rejects.toThrow();
    }
    await writable.end();
  });

  it('apply to the owner of the tables too', async () => {
    const owner = new pg.Client({ connectionString: world.urls.owner });
    await owner.connect();
    const seen = owner.query('SELECT * FROM resource').then(({ rows }) => rows);
    expect(await seen.finally(() => owner.end())).toEqual([]);
  });

  it('keep an import within its tenant', async () => {
    const ingest = await createPool(world.urls.ingest, { max: 1 });
    const client = await ingest.connect();
    await client.query('BEGIN');
    await client.query("SELECT set_config('app.tenant', 'south', true)");
    const { rows } = await client.query<Row>('SELECT * FROM resource');
    expect(rows.map(({ id }) => id)).toEqual(['south-1']);
    const foreign = "INSERT INTO resource VALUES ('north','anna','Observation','x',1,now(),'{}','')";
    await expect(client.query(foreign)).rejects.toThrow(/row-level security/);
    client.release(true);
    await ingest.end();
  });
});

describe('a service', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  it('does not start as the owner of the tables', async () => {
    await expect(createPool(world.urls.owner, { max: 1 })).rejects.toThrow('(owner)');
  });

  it('does not start as superuser', async () => {
    const admin = world.postgres.adminUrl.replace(/postgres$/, 'clinical');
    await expect(createPool(admin, { max: 1 })).rejects.toThrow('superuser');
  });

  it('does not start as a role that bypasses row-level security', async () => {
    await world.admin.query('ALTER ROLE clinical_service BYPASSRLS');
    await expect(createPool(world.urls.service, { max: 1 })).rejects.toThrow('bypassrls');
    await world.admin.query('ALTER ROLE clinical_service NOBYPASSRLS');
    await (await createPool(world.urls.service, { max: 1 })).end();
  });

  it('cannot connect to another database', async () => {
    await world.admin.query('CREATE DATABASE claims');
    await world.admin.query('REVOKE ALL ON DATABASE claims FROM PUBLIC');
    const elsewhere = world.urls.service.replace(/clinical$/, 'claims');
    await expect(createPool(elsewhere, { max: 1 })).rejects.toThrow('permission denied');
  });
});
