/** Searches for a token together with a date. The rows of the token hold the date as well. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concept, observation } from '@patient-access/testing';
import { type Asker, asMember, idsOf, startWorld, type World } from '../world.ts';

const MIGRATION = join(
  import.meta.dirname,
  '../../prisma/migrations/20261125101000_dated_values/migration.sql',
);
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const ROWS =
  'SELECT id, parameter, system, value, low, high FROM search_value ORDER BY id, parameter, system, value';
const lab = { category: [concept(CATEGORY, 'laboratory'), concept(CATEGORY, 'exam')] };
const undated = { effectiveDateTime: undefined };

describe('a search for a token and a date', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(
      'north',
      observation('vital-march', 'anna'),
      observation('vital-may', 'anna', { effectiveDateTime: '2026-05-02T10:00:00Z' }),
      observation('lab-march', 'anna', lab),
      observation('lab-since-april', 'anna', {
        ...lab,
        ...undated,
        effectivePeriod: { start: '2026-04-01' },
      }),
      observation('lab-until-april', 'anna', { ...lab, ...undated, effectivePeriod: { end: '2026-04-01' } }),
      observation('lab-undated', 'anna', { ...lab, ...undated }),
      observation('vital-ben', 'ben'),
    );
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it.each([
    ['category=vital-signs&date=2026-03-01', 'vital-march'],
    ['category=vital-signs&date=2026-03-01,2026-05-02', 'vital-march vital-may'],
    [`category=${CATEGORY}|laboratory&date=ge2026-03-01`, 'lab-march lab-since-april lab-until-april'],
    ['category=laboratory&date=lt2026-03-01', 'lab-until-april'],
    ['category=laboratory&date=ge2026-02&date=lt2026-03-02', 'lab-march lab-until-april'],
    ['category=laboratory&date=ne2026-03-01', 'lab-since-april lab-until-april'],
    ['category=laboratory&category=exam&date=2026-03-01', 'lab-march'],
    ['category=laboratory&category=vital-signs&date=2026-03-01', ''],
    ['category=laboratory,vital-signs&date=2026-03-01', 'lab-march vital-march'],
    ['category=laboratory&date:missing=true', 'lab-undated'],
    ['category:not=laboratory&date=2026-03-01', 'vital-march'],
    ['code=8867-4&date=gt2026-05-01', 'lab-since-april vital-may'],
    ['status=final&code=8867-4&category=vital-signs&date=gt2026-05-01', 'vital-may'],
    ['_sort=date&category=laboratory&date=ge2026', 'lab-march lab-since-april'],
  ])('%s finds %s', async (query, expected) => {
    expect(
      idsOf(await anna(`Observation?${query}`))
        .sort()
        .join(' '),
    ).toBe(expected);
  });

  it('finds what was stored before the migration, with the values that an import would write', async () => {
    const { rows: written } = await world.admin.query(ROWS);
    await world.admin.query(
      "UPDATE search_value SET low = NULL, high = NULL WHERE parameter IN ('category', 'code')",
    );
    expect((await world.admin.query(ROWS)).rows).not.toEqual(written);
    for (let times = 0; times < 2; times += 1) await world.admin.query(readFileSync(MIGRATION, 'utf8'));
    expect((await world.admin.query(ROWS)).rows).toEqual(written);
  });
});
