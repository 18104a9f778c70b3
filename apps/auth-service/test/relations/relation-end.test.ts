/** When a relation ends, as the database computes it: one case a row. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { configure } from '../configure.ts';
import { startWorld, type World } from '../world.ts';

const CHILD = { relationship: 'child', birth_date: '2010-06-15' };

interface Facts {
  relationship: string;
  birth_date?: string;
  until?: string;
  guardianship?: boolean;
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
  async function endOf({ relationship, birth_date, until, guardianship = false }: Facts) {
    await world.db.query("DELETE FROM account_member WHERE patient = 'somebody'");
    const { rows } = await world.db.query<{ at: Date | null; by: string | null }>(
      `INSERT INTO account_member (tenant, sub, patient, relationship, name, position, birth_date, until, guardianship)
       VALUES ('northwind', $1, 'somebody', $2, 'Somebody', 9, $3, $4, $5) RETURNING ends_at AS at, ends_by AS by`,
      [sub, relationship, birth_date ?? null, until ?? null, guardianship],
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

  it('by the same defaults in the database and in the settings', async () => {
    const { timeZone, comingOfAge } = TenantSettings.parse({});
    for (const relationship of [...comingOfAge.relationships, 'parent']) {
      await world.db.query("UPDATE tenant SET settings = '{}' WHERE id = 'northwind'");
      const unset = await endOf({ ...CHILD, relationship });
      await configure(world, { timeZone, comingOfAge });
      expect(await endOf({ ...CHILD, relationship })).toEqual(unset);
      expect(unset === undefined).toBe(relationship === 'parent');
    }
  });

  it('a time zone as an offset, which Postgres would read with the opposite sign, is refused', () => {
    expect(TenantSettings.safeParse({ timeZone: '+05:00' }).success).toBe(false);
    expect(TenantSettings.safeParse({ timeZone: 'Asia/Kolkata' }).success).toBe(true);
  });
});
