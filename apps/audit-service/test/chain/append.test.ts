/** What the database does when events are stored: it chains them, and fills the columns for searching. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AccessEvent,
  eventKeys,
  laneOf,
  LANES,
  openBatch,
  parseRecord,
  recordHash,
} from '@patient-access/events';
import { waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { genesis, link } from '../../src/chain.ts';
import { columnsOf } from '../../src/columns.ts';
import { storeBatch } from '../../src/store-events.ts';
import { eventsOfEveryKind } from '../events.ts';
import {
  accessEvent,
  asLines,
  batchesOf,
  EVENT_PUBLIC_KEYS,
  idOf,
  startWorld,
  type World,
} from '../world.ts';

interface Row {
  lane: number;
  seq: string;
  id: string;
  number: string;
  producer: string;
  stored: Date;
  hash: Buffer;
  record: string;
}

/** Members of two lanes. */
const ANNA = { tenant: 'northwind', member: 'anna' };
const OTHER = ['ben', 'cora', 'dora'].find((member) => laneOf({ ...ANNA, member }) !== laneOf(ANNA)) ?? '';

describe('a delivery', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(() => world.empty());
  afterAll(() => world?.stop());

  const chainOf = async (tenant: string, lane: number): Promise<Row[]> => {
    const text = 'SELECT * FROM trail.audit_event WHERE tenant = $1 AND lane = $2 ORDER BY seq';
    return (await world.admin.query<Row>(text, [tenant, lane])).rows;
  };
  const all = async (): Promise<Row[]> =>
    (await world.admin.query<Row>('SELECT * FROM trail.audit_event')).rows;

  function expectChained(tenant: string, lane: number, rows: readonly Row[]): Buffer {
    let previous = genesis(tenant, lane);
    for (const [at, { seq, id, stored, record, hash }] of rows.entries()) {
      expect(Number(seq)).toBe(at + 1);
      const digest = recordHash(record);
      previous = link(previous, { seq: at + 1, stored: stored.toISOString(), id, digest });
      expect(hash.equals(previous)).toBe(true);
    }
    return previous;
  }

  it('is chained lane by lane, without gaps, in the order in which it came', async () => {
    const events = Array.from({ length: 40 }, (_, at) =>
      accessEvent({ tenant: at % 3 ? 'northwind' : 'lakeside', member: `m${at % 9}` }),
    );
    for (const batch of [events.slice(0, 7), events.slice(5, 8), events.slice(8)])
      expect((await world.deliver(asLines(...batch))).status).toBe(204);
    for (const tenant of ['northwind', 'lakeside'])
      for (let lane = 0; lane < LANES; lane += 1) {
        const rows = await chainOf(tenant, lane);
        const head = expectChained(tenant, lane, rows);
        const { rows: heads } = await world.admin.query<{ seq: string; hash: Buffer }>(
          'SELECT seq, hash FROM trail.chain_head WHERE tenant = $1 AND lane = $2',
          [tenant, lane],
        );
        expect(heads).toEqual(rows.length > 0 ? [{ seq: String(rows.length), hash: head }] : []);
        const expected = events.filter((event) => event.tenant === tenant && laneOf(event) === lane);
        expect(rows.map(({ id }) => id)).toEqual(expected.map(idOf));
      }
  });

  it('is one chain for a lane, however many deliver at once', async () => {
    const events = Array.from({ length: 60 }, () => accessEvent());
    events.forEach(idOf);
    await Promise.all(
      Array.from({ length: 6 }, (_, at) => world.deliver(asLines(...events.slice(at * 7, at * 7 + 20)))),
    );
    const rows = await chainOf('northwind', laneOf(ANNA));
    expectChained('northwind', laneOf(ANNA), rows);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(rows).toHaveLength(55);
  });

  /** Somebody who appends and has not committed yet: the statement of the service, in a transaction that stays open. */
  async function appender() {
    const client = new pg.Client({ connectionString: world.urls.ingest, statement_timeout: 20_000 });
    await client.connect();
    await client.query('BEGIN');
    const append = async (...events: AccessEvent[]) => {
      for (const batch of batchesOf(asLines(...events))) {
        const opened = openBatch(eventKeys(EVENT_PUBLIC_KEYS), batch, Date.now());
        if ('rejected' in opened) throw new Error(opened.rejected);
        await storeBatch(client, { batch, ...opened });
      }
    };
    return { client, append };
  }
  const waiting = async () => {
    const text = 'SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted';
    return (await world.admin.query<{ count: number }>(text)).rows[0]?.count;
  };

  it('to one lane of a plan waits for nobody who stores in another, and in the same lane it does', async () => {
    const [one, other, third] = [await appender(), await appender(), await appender()];
    const coverage = { service: 'coverage-service', member: OTHER, counts: { Coverage: 1 } };
    try {
      const counts: (number | undefined)[] = [];
      let isOver = false;
      const sampling = (async () => {
        while (!isOver) counts.push(await waiting());
      })();
      // Two producers of one plan append at the same time, again and again, and neither of them commits.
      for (let times = 0; times < 10; times += 1)
        await Promise.all([one.append(accessEvent()), other.append(accessEvent(coverage))]);
      isOver = true;
      await sampling;
      expect([counts.length > 0, new Set(counts)]).toEqual([true, new Set([0])]);
      const blocked = third.append(accessEvent());
      await waitUntil(async () => (await waiting()) === 1);
      await one.client.query('COMMIT');
      await blocked;
    } finally {
      await Promise.all([one, other, third].map(({ client }) => client.end()));
    }
  });

  it('that got no connection in time is to be sent again, and is no failure of ours', async () => {
    await world.deliver(asLines(accessEvent()));
    const holder = await world.admin.connect();
    try {
      await holder.query('BEGIN; SELECT FROM trail.chain_head FOR UPDATE');
      // More than there are connections, each for itself.
      const statuses: number[] = [];
      const events = Array.from({ length: 10 }, () => accessEvent());
      const deliveries = events.map(async (event) => {
        const { status } = await world.deliver(asLines(event));
        statuses.push(status);
      });
      while (statuses.length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
      await holder.query('COMMIT');
      await Promise.all(deliveries);
      expect(statuses.slice(0, 4)).toEqual([503, 503, 503, 503]);
      expect((await world.deliver(asLines(...events))).status).toBe(204);
      expect(await all()).toHaveLength(11);
    } finally {
      holder.release();
    }
  });

  it('of an event that was stored months ago stores nothing new', async () => {
    const event = accessEvent({ recorded: '2026-03-01T00:00:00.000Z' });
    await world.deliver(asLines(event));
    await world.admin.query(`
      BEGIN; SET LOCAL session_replication_role = replica;
      SELECT trail.prepare_month('2026-03-01');
      UPDATE trail.audit_event SET stored = '2026-03-02'; UPDATE trail.batch SET stored = '2026-03-02'; COMMIT`);
    await world.deliver(asLines(event, accessEvent()));
    expect(await all()).toHaveLength(2);
  });

  it('that brings some of what is there already, and some that is new, adds what is new', async () => {
    const [first, second, third] = [accessEvent(), accessEvent(), accessEvent()];
    for (const event of [first, second, third]) idOf(event);
    await world.deliver(asLines(first, third));
    await world.deliver(asLines(first, second, third));
    await world.deliver(asLines(second, third));
    const rows = await chainOf('northwind', laneOf(ANNA));
    expect(rows.map(({ id }) => id)).toEqual([first, third, second].map(idOf));
  });

  const ofAnyText = ['one\ntwo', '\\N', '"', "{a,b}\\'", '', '\u0001', 'NULL', '🜚'].map((id, at) =>
    accessEvent({ client: { id }, member: `m${at}`, grantId: id, released: [`urn:x|${id}`, id] }),
  );
  it.each([
    ['of every kind', eventsOfEveryKind],
    ['with any text that a client chose', () => ofAnyText],
    ['of one event with empty texts', () => [accessEvent({ client: { id: '' }, reason: '', grantId: '' })]],
    ['with none but plain text', () => [accessEvent(), accessEvent({ member: OTHER, reason: 'not-found' })]],
  ])('repeats of each record what it says: %s', async (_which, events) => {
    await world.deliver(asLines(...events()));
    expect(await all()).toHaveLength(events().length);
    for (const { record, producer, number, ...row } of await all()) {
      const parsed = parseRecord(record);
      if (!('event' in parsed)) throw new Error(parsed.invalid);
      const placed = { event: parsed.event, producer, number: Number(number) };
      const { recorded, ...columns } = columnsOf(placed);
      expect(row).toMatchObject({ ...columns, recorded: new Date(recorded) });
    }
  });

  it('that no table can hold as it is keeps back nothing that came with it', async () => {
    const early = accessEvent({ member: OTHER, recorded: '0000-01-01T10:00:00.000Z' });
    const events = [accessEvent(), accessEvent({ member: 'eve' })];
    expect((await world.deliver(asLines(...events, early))).status).toBe(204);
    expect((await all()).map(({ id }) => id).sort()).toEqual(events.map(idOf).sort());
    expect((await world.admin.query('SELECT FROM dead_letter')).rowCount).toBe(1);
  });

  it('holds each number once, also when two of its batches have it', async () => {
    const [first, second] = [accessEvent(), accessEvent()];
    for (const event of [first, second]) idOf(event);
    await world.send([...batchesOf(asLines(first, second)), ...batchesOf(asLines(second))]);
    expect((await all()).map(({ id }) => id).sort()).toEqual([first, second].map(idOf).sort());
    expect((await world.admin.query('SELECT FROM trail.batch')).rowCount).toBeGreaterThan(0);
  });
});
