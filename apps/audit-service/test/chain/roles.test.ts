/** The rights of each database role on the trail: a role can do only its own task (security rule D14). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';

const CHANGES = [
  "UPDATE trail.audit_event SET record = '{}'",
  'DELETE FROM trail.audit_event',
  'TRUNCATE trail.audit_event',
  "INSERT INTO trail.audit_event (tenant, seq) VALUES ('northwind', 9)",
  'UPDATE trail.chain_head SET seq = 0',
  'DELETE FROM trail.chain_head',
  'DELETE FROM trail.checkpoint',
  "UPDATE trail.checkpoint SET jws = ''",
  "UPDATE trail.batch SET signature = ''",
  'DELETE FROM trail.batch',
  'TRUNCATE trail.batch',
  'DROP TABLE trail.audit_event',
  'ALTER TABLE trail.audit_event DISABLE TRIGGER ALL',
];

describe('the trail', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(
      asLines(accessEvent(), accessEvent({ member: 'ben' }), accessEvent({ tenant: 'lakeside' })),
    );
    await world.admin.query(`INSERT INTO trail.checkpoint VALUES ('northwind', 1, 'head', now(), 'x')`);
  });
  afterAll(() => world?.stop());

  const as = async <Row extends pg.QueryResultRow>(url: string, ...statements: string[]): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query('BEGIN');
      let rows: Row[] = [];
      for (const text of statements) ({ rows } = await client.query<Row>(text));
      return rows;
    } finally {
      await client.end();
    }
  };
  const scope = (tenant: string, member: string) =>
    `SELECT set_config('app.tenant', '${tenant}', true), set_config('app.member', '${member}', true)`;

  it.each(['service', 'ingest', 'auditor'] as const)('cannot be changed by the %s role', async (role) => {
    for (const text of CHANGES)
      await expect(as(world.urls[role], scope('northwind', 'anna'), text)).rejects.toThrow(
        /permission denied|must be owner/,
      );
  });

  it.each(CHANGES.slice(0, 3).concat(CHANGES.slice(4, 11)))(
    'is kept from its owner’s slips: %s',
    async (text) => {
      await expect(as(world.urls.owner, scope('northwind', 'anna'), text)).rejects.toThrow(
        /append-only|only grows/,
      );
    },
  );

  it('is protected too when a statement names the table of a month', async () => {
    const [month] = await as<{ name: string }>(
      world.urls.owner,
      scope('northwind', 'anna'),
      'SELECT tableoid::regclass::text AS name FROM trail.audit_event LIMIT 1',
    );
    for (const text of [`TRUNCATE ${month?.name}`, `TRUNCATE ONLY ${month?.name}`])
      await expect(as(world.urls.owner, text)).rejects.toThrow(/append-only/);
    await expect(
      as(world.admin.options.connectionString ?? '', `DELETE FROM ${month?.name}`),
    ).rejects.toThrow(/append-only/);
  });

  const COUNT = 'SELECT count(*)::int AS count FROM trail.audit_event';

  it('shows the service role one member, the auditor role one tenant, and the ingest role nothing', async () => {
    expect(await as(world.urls.service, scope('northwind', 'ben'), COUNT)).toEqual([{ count: 1 }]);
    expect(await as(world.urls.auditor, scope('northwind', 'ben'), COUNT)).toEqual([{ count: 2 }]);
    expect(await as(world.urls.auditor, scope('lakeside', 'ben'), COUNT)).toEqual([{ count: 1 }]);
    await expect(as(world.urls.ingest, scope('northwind', 'ben'), COUNT)).rejects.toThrow(
      /permission denied/,
    );
  });

  it.each(['service', 'auditor'] as const)(
    'gives the %s role an error, not an empty result, when no tenant is set',
    async (role) => {
      await expect(as(world.urls[role], COUNT)).rejects.toThrow(/app\.tenant/);
    },
  );

  it('is the only place where the engine can read AuditEvents', async () => {
    for (const table of ['public.resource', 'public.search_value'])
      await expect(
        as(world.urls.service, scope('northwind', 'anna'), `SELECT FROM ${table}`),
      ).rejects.toThrow(/permission denied/);
  });

  it('has the tables of the next months, and makes each table once', async () => {
    const PREPARE = 'SELECT trail.prepare_months(12) AS made';
    expect(await as(world.urls.ingest, PREPARE)).toEqual([{ made: 0 }]);
    const [made] = await as<{ made: number }>(world.urls.ingest, 'SELECT trail.prepare_months(15) AS made');
    expect(made?.made).toBe(3);
  });

  // In each month of the year one of these zones left months out, while they were added in the zone of the session.
  it.each(['America/New_York', 'Africa/Cairo', 'Pacific/Auckland'])(
    'has all of them where the sessions are in the time zone %s',
    async (zone) => {
      const prepare = [`SET LOCAL TIME ZONE '${zone}'`, 'SELECT trail.prepare_months(48) AS made'];
      expect(await as(world.urls.ingest, ...prepare)).toEqual([{ made: 36 }]);
    },
  );
});
