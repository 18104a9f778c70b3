/** When a relation ends, as the database computes it: one case a row. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { waitUntil } from '@patient-access/testing';
import { configure } from '../configure.ts';
import { startWorld, type World } from '../world.ts';

const CHILD = { relationship: 'child', birth_date: '2010-06-15' };

interface Facts {
  relationship: string;
  birth_date?: string;
  until?: string;
  guardianship?: boolean;
  coverage_end?: string;
  died?: string;
}

describe('a relation ends', () => {
  let world: World;
  let sub: string;
  beforeAll(async () => {
    world = await startWorld();
    const text = "SELECT sub FROM account WHERE tenant = 'northwind' AND login = 'maria.many'";
    sub = (await world.db.query<{ sub: string }>(text)).rows[0]?.sub as string;
  }, 60_000);
  afterAll(() => world?.stop());

  /** @returns when it ends and by what, after it is stored; `undefined` for never */
  async function endOf({ relationship, birth_date, until, guardianship = false, coverage_end, died }: Facts) {
    await world.db.query("DELETE FROM account_member WHERE patient = 'somebody'");
    const { rows } = await world.db.query<{ at: Date | null; by: string | null }>(
      `INSERT INTO account_member (tenant, sub, patient, relationship, name, position, birth_date, until, guardianship,
                                   coverage_end, died)
       VALUES ('northwind', $1, 'somebody', $2, 'Somebody', 9, $3, $4, $5, $6, $7) RETURNING ends_at AS at, ends_by AS by`,
      [
        sub,
        relationship,
        birth_date ?? null,
        until ?? null,
        guardianship,
        coverage_end ?? null,
        died ?? null,
      ],
    );
    const { at, by } = rows[0] ?? {};
    return at ? [at.toISOString(), by] : undefined;
  }

  it('O52: when the birthday on which a child comes of age begins in the plan’s time zone', async () => {
    expect(await endOf(CHILD)).toEqual(['2028-06-15T04:00:00.000Z', 'of-age']);
    await configure(world, { timeZone: 'Pacific/Auckland' });
    expect(await endOf(CHILD)).toEqual(['2028-06-14T12:00:00.000Z', 'of-age']);
    await configure(world, { timeZone: 'Pacific/Honolulu' });
    expect(await endOf(CHILD)).toEqual(['2028-06-15T10:00:00.000Z', 'of-age']);
    await configure(world, { timeZone: 'UTC' });
  });

  it('O52: for a child born on 29 February on 1 March, and on 29 February of a leap year', async () => {
    await configure(world, { timeZone: 'UTC' });
    const leap = { relationship: 'child', birth_date: '2008-02-29' };
    expect(await endOf(leap)).toEqual(['2026-03-01T00:00:00.000Z', 'of-age']);
    await configure(world, { timeZone: 'UTC', comingOfAge: { age: 20 } });
    expect(await endOf(leap)).toEqual(['2028-02-29T00:00:00.000Z', 'of-age']);
    expect(await endOf({ ...leap, birth_date: '2008-02-28' })).toEqual([
      '2028-02-28T00:00:00.000Z',
      'of-age',
    ]);
    expect(await endOf({ ...leap, birth_date: '2008-03-01' })).toEqual([
      '2028-03-01T00:00:00.000Z',
      'of-age',
    ]);
    await configure(world, { timeZone: 'UTC' });
  });

  it('O52: not by age without a date of birth, for a spouse, or with a guardianship that goes on', async () => {
    await configure(world, { timeZone: 'UTC' });
    expect(await endOf({ relationship: 'child' })).toBeUndefined();
    expect(await endOf({ relationship: 'spouse', birth_date: '1970-01-01' })).toBeUndefined();
    expect(await endOf({ ...CHILD, guardianship: true })).toBeUndefined();
    expect(await endOf({ ...CHILD, guardianship: true, until: '2030-01-31' })).toEqual([
      '2030-02-01T00:00:00.000Z',
      'relation',
    ]);
  });

  it('O51: at the end of its last day in the plan’s time zone, if that comes before the coming of age', async () => {
    await configure(world, { timeZone: 'America/New_York' });
    expect(await endOf({ relationship: 'spouse', until: '2027-03-13' })).toEqual([
      '2027-03-14T05:00:00.000Z',
      'relation',
    ]);
    expect(await endOf({ ...CHILD, until: '2027-12-31' })).toEqual(['2028-01-01T05:00:00.000Z', 'relation']);
    expect(await endOf({ ...CHILD, until: '2031-12-31' })).toEqual(['2028-06-15T04:00:00.000Z', 'of-age']);
  });

  it('O52: at another time after the plan has changed the age, the relationships or its time zone', async () => {
    await configure(world, { timeZone: 'UTC' });
    await endOf(CHILD);
    const stored = async () => {
      const text = "SELECT ends_at FROM account_member WHERE patient = 'somebody'";
      return (await world.db.query<{ ends_at: Date | null }>(text)).rows[0]?.ends_at?.toISOString();
    };
    await configure(world, { timeZone: 'UTC', comingOfAge: { age: 21 } });
    expect(await stored()).toBe('2031-06-15T00:00:00.000Z');
    await configure(world, { timeZone: 'Asia/Tokyo', comingOfAge: { age: 21 } });
    expect(await stored()).toBe('2031-06-14T15:00:00.000Z');
    await configure(world, { timeZone: 'UTC', comingOfAge: { relationships: ['ward'] } });
    expect(await stored()).toBeUndefined();
  });

  it('O107: at the end of the day on which the plan’s years after the coverage are over, or earlier by another way', async () => {
    await configure(world, { timeZone: 'America/New_York' });
    const gone = { relationship: 'spouse', coverage_end: '2024-02-29' };
    expect(await endOf(gone)).toEqual(['2029-03-01T05:00:00.000Z', 'coverage']);
    expect(await endOf({ ...gone, until: '2028-12-31' })).toEqual(['2029-01-01T05:00:00.000Z', 'relation']);
    expect(await endOf({ ...CHILD, ...gone, relationship: 'child' })).toEqual([
      '2028-06-15T04:00:00.000Z',
      'of-age',
    ]);
    await configure(world, { timeZone: 'UTC', leaving: { years: 2 } });
    expect(await endOf(gone)).toEqual(['2026-03-01T00:00:00.000Z', 'coverage']);
  });

  it('O108: when the day of the death begins, and for who acts for the dead after the plan’s years', async () => {
    await configure(world, { timeZone: 'UTC' });
    const dead = { coverage_end: '2026-05-31', died: '2026-05-04' };
    for (const relationship of ['self', 'spouse', 'parent']) {
      expect(await endOf({ ...dead, relationship })).toEqual(['2026-05-04T00:00:00.000Z', 'death']);
    }
    const executor = { ...dead, relationship: 'executor' };
    expect(await endOf(executor)).toEqual(['2028-05-05T00:00:00.000Z', 'death']);
    expect(await endOf({ ...executor, until: '2027-01-31' })).toEqual([
      '2027-02-01T00:00:00.000Z',
      'relation',
    ]);
    await configure(world, {
      timeZone: 'UTC',
      leaving: { afterDeath: { years: 6, relationships: ['spouse'] } },
    });
    expect(await endOf(executor)).toEqual(['2026-05-04T00:00:00.000Z', 'death']);
    expect(await endOf({ ...dead, relationship: 'spouse' })).toEqual(['2032-05-05T00:00:00.000Z', 'death']);
  });

  it('O108: with the death of the person who logs in, also one that is added at the same moment', async () => {
    await world.db.query("DELETE FROM account_member WHERE patient = 'somebody'");
    const adding = await world.db.connect();
    await adding.query('BEGIN');
    await adding.query(
      `INSERT INTO account_member (tenant, sub, patient, relationship, name, position)
       VALUES ('northwind', $1, 'somebody', 'spouse', 'Somebody', 9)`,
      [sub],
    );
    const dies = `UPDATE account_member SET died = $2 WHERE sub = $1 AND relationship = 'self'`;
    const died = world.db.query(dies, [sub, '2026-05-04']);
    await waitUntil(
      async () => (await adding.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rowCount !== 0,
    );
    await adding.query('COMMIT');
    adding.release();
    expect((await died).rowCount).toBe(1);
    const { rows } = await world.db.query('SELECT DISTINCT ends_by FROM account_member WHERE sub = $1', [
      sub,
    ]);
    expect(rows).toEqual([{ ends_by: 'death' }]);
    await world.db.query(dies, [sub, null]);
    const left = await world.db.query('SELECT 1 FROM account_member WHERE sub = $1 AND ends_at IS NOT NULL', [
      sub,
    ]);
    expect(left.rowCount).toBe(0);
  });

  it('by the same defaults in the database and in the settings', async () => {
    const { timeZone, comingOfAge, leaving } = TenantSettings.parse({});
    const { relationships } = leaving.afterDeath;
    const ways = [
      ...[...comingOfAge.relationships, 'parent'].map((relationship) => ({ ...CHILD, relationship })),
      ...[...relationships, 'self'].map((relationship) => ({ died: '2026-05-04', relationship })),
      { relationship: 'self', coverage_end: '2026-05-04' },
    ];
    for (const way of ways) {
      await world.db.query("UPDATE tenant SET settings = '{}' WHERE id = 'northwind'");
      const unset = await endOf(way);
      await configure(world, { timeZone, comingOfAge, leaving });
      expect(await endOf(way)).toEqual(unset);
      expect(unset === undefined).toBe(way.relationship === 'parent');
    }
  });

  it('O107: fewer than two years are refused, because a prior authorization is to be there for a year after its last change', () => {
    expect(TenantSettings.safeParse({ leaving: { years: 1 } }).success).toBe(false);
    expect(TenantSettings.safeParse({ leaving: { years: 2 } }).success).toBe(true);
  });

  it('a time zone as an offset, which Postgres would read with the opposite sign, is refused', () => {
    expect(TenantSettings.safeParse({ timeZone: '+05:00' }).success).toBe(false);
    expect(TenantSettings.safeParse({ timeZone: 'Asia/Kolkata' }).success).toBe(true);
  });
});
