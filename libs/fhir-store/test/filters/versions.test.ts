import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { concept, practitioner } from '@patient-access/testing';
import { asMember, idsOf, startWorld, type World } from '../world.ts';

const PERIODS = [
  { start: '2026-01-01', end: '2026-01-31' },
  { start: '2026-01-31T23:30:00-05:00', end: '2026-02-10T08:00:00Z' },
  { start: '2026-02' },
  { end: '2025' },
  { start: '2025-12-31', end: '2025-12-31' },
  undefined,
];

const encounters = PERIODS.map((period, index): Resource => ({
  resourceType: 'Encounter',
  id: `e-${index}`,
  status: index % 2 ? 'finished' : 'planned',
  class: concept('http://example.org/class', 'AMB').coding[0],
  type: index % 3 ? [concept('', `t|${index}`), concept('http://example.org/type', 'x,y')] : [],
  subject: { reference: 'Patient/anna' },
  ...(index > 2 && { location: [{ location: { reference: `Location/l-${index % 2}` } }] }),
  ...(period && { period }),
}));

const DATES = ['2026', '2026-01', '2026-01-31', '2026-02-01', '2026-02-10T08:00:00Z', '2025-12-31', '2024'];
const PREFIXES = ['', 'eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb'];

const FILTERS = [
  ...PREFIXES.flatMap((prefix) => DATES.map((date) => `date=${prefix}${date}`)),
  'date=lt2025-06,sa2026-01-15',
  'date=ge2026-01&date=lt2026-02',
  ...[
    'status=planned',
    'status=|planned',
    'status=x|planned',
    'status=Planned',
    'class=http://example.org/class|',
  ],
  ...['type=t%5C%7C1', 'type=x%5C,y', 'type=x,y', 'type=http://example.org/type|x%5C,y', 'type=|t%5C%7C4'],
  ...['location=l-1', 'location=Location/l-0', 'location=Location/l-0,l-1', 'location=Location/l-9'],
  ...['_id=e-0,e-5', '_lastUpdated=ge2020', '_lastUpdated=lt2020', '_lastUpdated=ne2020'],
];

describe('a version under a granular scope', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', ...encounters);
    await world.store('north', practitioner('p-1', 'Müller'), practitioner('p-2', 'Mullen'));
  }, 60_000);
  afterAll(() => world?.stop());

  /** Looked at itself (vread), it has to be what the index says (search). */
  async function bothWays(scope: string, type: string, ids: string[]) {
    const app = await asMember(world, 'north', 'anna', { scope });
    const found = idsOf(await app(type)).sort();
    const answers = await Promise.all(ids.map((id) => app(`${type}/${id}/_history/1`)));
    return { found, shown: ids.filter((_, index) => answers[index]?.status === 200) };
  }

  it('SMART 60: is shown exactly where the resource is found', async () => {
    const sizes = new Set<number>();
    for (const filter of FILTERS) {
      const ids = encounters.map(({ id }) => id);
      const { found, shown } = await bothWays(`patient/Encounter.rs?${filter}`, 'Encounter', ids);
      expect([filter, shown]).toEqual([filter, found]);
      sizes.add(found.length);
    }
    // The filters tell the encounters apart: from none to all of them.
    expect(sizes.size).toBeGreaterThan(4);
  });

  it('SMART 60: also where names are compared', async () => {
    for (const [value, ids] of [
      ['muller', ['p-1']],
      ['MULL', ['p-1', 'p-2']],
      ['ull', []],
      ['kim', ['p-1', 'p-2']],
    ] as const) {
      const scope = `patient/Practitioner.rs?name=${value}`;
      expect(await bothWays(scope, 'Practitioner', ['p-1', 'p-2'])).toEqual({ found: ids, shown: ids });
    }
  });
});
