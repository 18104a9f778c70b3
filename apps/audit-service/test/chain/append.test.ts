/** What the database does when events are stored: it chains them, and fills the columns for searching. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { definitions, indexRows, type Resource } from '@patient-access/fhir';
import { genesis, link } from '../../src/chain.ts';
import { columnsOf } from '../../src/columns.ts';
import { eventsOfEveryKind } from '../events.ts';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';

interface Row {
  seq: string;
  id: string;
  stored: Date;
  hash: Buffer;
  body: string;
}

describe('a delivery', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(() => world.empty());
  afterAll(() => world?.stop());

  const chainOf = async (tenant: string): Promise<Row[]> => {
    const text = 'SELECT * FROM trail.audit_event WHERE tenant = $1 ORDER BY seq';
    return (await world.admin.query<Row>(text, [tenant])).rows;
  };

  function expectChained(tenant: string, rows: readonly Row[]): Buffer {
    let previous = genesis(tenant);
    for (const [at, row] of rows.entries()) {
      expect(Number(row.seq)).toBe(at + 1);
      previous = link(previous, at + 1, row.id, row.body);
      expect(row.hash.equals(previous)).toBe(true);
    }
    return previous;
  }

  it('is chained for each tenant, without gaps, in the order of arrival', async () => {
    const events = Array.from({ length: 20 }, (_, at) =>
      accessEvent({ tenant: at % 3 ? 'northwind' : 'lakeside', member: `m${at}` }),
    );
    for (const batch of [events.slice(0, 7), events.slice(5, 8), events.slice(8)])
      expect((await world.deliver(asLines(...batch))).status).toBe(204);
    for (const tenant of ['northwind', 'lakeside']) {
      const rows = await chainOf(tenant);
      const head = expectChained(tenant, rows);
      const { rows: heads } = await world.admin.query<{ seq: string; hash: Buffer }>(
        'SELECT seq, hash FROM trail.chain_head WHERE tenant = $1',
        [tenant],
      );
      expect(heads).toEqual([{ seq: String(rows.length), hash: head }]);
      const expected = events
        .filter((event) => event.tenant === tenant)
        .map(({ member }) => `Patient/${member}`);
      const members = rows.map(({ body }) => columnsOf(JSON.parse(body) as Resource).entity[0]);
      expect(members).toEqual(expected);
    }
  });

  it('extends one chain, however many deliveries arrive at once', async () => {
    const events = Array.from({ length: 60 }, () => accessEvent());
    await Promise.all(
      Array.from({ length: 6 }, (_, at) => world.deliver(asLines(...events.slice(at * 7, at * 7 + 20)))),
    );
    const rows = await chainOf('northwind');
    expectChained('northwind', rows);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(rows).toHaveLength(55);
  });

  it('has the time of storing in the chained body', async () => {
    await world.deliver(asLines(accessEvent()));
    const [row] = await chainOf('northwind');
    expect((JSON.parse(row?.body ?? '') as Resource).meta?.lastUpdated).toBe(row?.stored.toISOString());
  });

  it('of an event that was stored months ago stores nothing new', async () => {
    const event = accessEvent({ recorded: '2026-03-01T00:00:00.000Z' });
    await world.deliver(asLines(event));
    await world.admin.query(`
      BEGIN; SET LOCAL session_replication_role = replica;
      SELECT trail.prepare_month('2026-03-01');
      UPDATE trail.audit_event SET stored = '2026-03-02'; COMMIT`);
    await world.deliver(asLines(event, accessEvent()));
    expect(await chainOf('northwind')).toHaveLength(2);
  });

  it('has columns that match each body, and a search value for each search parameter of its type', async () => {
    await world.deliver(asLines(...eventsOfEveryKind()));
    const definition = definitions.get('AuditEvent');
    if (!definition) throw new Error('no definition');
    for (const { body, ...row } of await chainOf('northwind')) {
      const resource = JSON.parse(body) as Resource;
      const { recorded, ...columns } = columnsOf(resource);
      expect(row).toMatchObject({ ...columns, recorded: new Date(recorded) });
      const { rows } = await world.admin.query<Record<string, string>>(
        `SELECT parameter, system, value, number, low::text, high::text FROM trail.search_value WHERE id = $1`,
        [row.id],
      );
      const instant = (time: string | null) => time && new Date(time).getTime();
      const asLine = ({ parameter, system, value, number, low, high }: Record<string, string | null>) =>
        JSON.stringify([parameter, system, value, number, instant(low ?? null), instant(high ?? null)]);
      const stored = new Set(rows.map(asLine));
      for (const wanted of indexRows(definition, resource)) expect(stored).toContain(asLine({ ...wanted }));
    }
  });
});
