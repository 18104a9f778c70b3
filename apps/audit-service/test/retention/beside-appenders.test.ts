/** While a month is dropped, services append: nobody waits for what is copied, indexed or deleted. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';

const MONTH = '2020-09-01T00:00:00Z';
const TABLE = 'trail.audit_event_2020_09';
const KEPT = 3_000;

describe('a month that is dropped', () => {
  let world: World;
  let owner: pg.Client;
  let reader: pg.Client;
  beforeAll(async () => {
    world = await startWorld();
    owner = new pg.Client({ connectionString: world.urls.owner });
    reader = new pg.Client({ connectionString: world.urls.auditor });
    await Promise.all([owner.connect(), reader.connect()]);
  });
  afterEach(async () => {
    await Promise.all([owner.query('ROLLBACK'), reader.query('ROLLBACK')]);
    await world.empty();
  });
  afterAll(async () => {
    await Promise.all([owner?.end(), reader?.end()]);
    await world?.stop();
  });

  const append = async () => (await world.deliver(asLines(accessEvent()))).status;
  const drop = () => owner.query('SELECT trail.drop_month($1, $2, $3)', [MONTH, ['lakeside'], '[]']);

  /** Records of a plan that keeps the month. Nothing verifies them here. */
  async function keepMonth(): Promise<void> {
    expect(await append()).toBe(204);
    await world.admin.query('SELECT trail.prepare_month($1)', [MONTH]);
    await world.admin.query(
      `INSERT INTO trail.audit_event (tenant, lane, seq, number, stored, recorded, disclosed, id, producer, member, kind, act,
                                      outcome, service, terms, hash, record)
       SELECT 'northwind', 15, n, n, '2020-09-15', '2020-09-15', 1, 'e' || n, 'claims-service/gone', 'anna', 'rest', 'read',
              '0', 'claims-service', '{}', '', ''
         FROM generate_series(1, ${KEPT}) AS n`,
    );
  }

  async function whenLockIsWanted(): Promise<void> {
    for (const until = Date.now() + 20_000; Date.now() < until;) {
      const { rows } = await world.admin.query(
        `SELECT FROM pg_locks WHERE relation = 'trail.audit_event'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted`,
      );
      if (rows.length > 0) return;
      await delay(20);
    }
    throw new Error('nobody wants the lock');
  }

  const kept = async () =>
    (await world.admin.query<{ kept: number }>(`SELECT count(*)::int AS kept FROM ${TABLE}`)).rows[0]?.kept;

  /** By name, and whether it is a part of one of the trail's indexes. */
  const indexes = async (table: string) =>
    (
      await world.admin.query<{ name: string; isPart: boolean }>(
        `SELECT c.relname AS name, c.relispartition AS "isPart"
           FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::regclass`,
        [table],
      )
    ).rows;

  it('keeps no appender waiting while it waits itself, and is exchanged when nobody reads', async () => {
    await keepMonth();
    await reader.query('BEGIN');
    await reader.query("SELECT set_config('app.tenant', 'northwind', true)");
    await reader.query('SELECT FROM trail.audit_event LIMIT 0');
    let isOver = false;
    const dropped = drop().then(
      () => 'dropped',
      (error: Error) => error.message,
    );
    void dropped.finally(() => (isOver = true));
    await whenLockIsWanted();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await append()).toBe(204);
      await whenLockIsWanted();
    }
    expect(isOver).toBe(false);
    await reader.query('ROLLBACK');
    expect([await dropped, await kept()]).toEqual(['dropped', KEPT]);
  });

  it('has all indexes before the trail is locked, also when more of it is dropped later', async () => {
    await keepMonth();
    const ofTrail = await indexes('trail.audit_event');
    for (let turn = 0; turn < 2; turn += 1) {
      await drop();
      const ofMonth = await indexes(TABLE);
      // One that was made while the month was attached would be named after the month.
      expect(ofMonth.filter(({ name, isPart }) => !isPart || !name.includes('_kept_'))).toEqual([]);
      expect(ofMonth).toHaveLength(ofTrail.length);
      expect(await kept()).toBe(KEPT);
    }
    await expect(world.admin.query(`DELETE FROM ${TABLE}`)).rejects.toThrow('append-only');
  });

  it('keeps no appender waiting while it deletes what was signed', async () => {
    await owner.query('BEGIN');
    await owner.query(
      `INSERT INTO trail.batch (tenant, lane, from_seq, to_seq, first, last, stored, producer, kid, signature, sequences,
                                elsewhere, hashes)
       SELECT 'northwind', 99, n, n, n, n, '2020-09-15', 'claims-service/gone', '', '', ARRAY[n], '{}', ''
         FROM generate_series(1, 50000) AS n`,
    );
    const { rows } = await owner.query<{ dropped: string }>('SELECT trail.drop_batches($1, $2) AS dropped', [
      MONTH,
      ['northwind'],
    ]);
    expect(rows).toEqual([{ dropped: '50000' }]);
    // This transaction is still open, with every lock that it needed.
    const events = Array.from({ length: 32 }, (_, at) => accessEvent({ member: `m${at}` }));
    const answer = world.deliver(asLines(...events));
    const waits = await world.admin.query(
      `SELECT l.mode, l.granted FROM pg_locks l
        WHERE l.relation = 'trail.batch'::regclass AND (NOT l.granted OR l.mode LIKE '%Share%Exclusive%')`,
    );
    expect([waits.rows, (await answer).status]).toEqual([[], 204]);
  });
});
