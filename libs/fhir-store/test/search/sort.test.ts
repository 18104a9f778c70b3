import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concept, observation } from '@patient-access/testing';
import { type Asker, asMember, idsOf, nextOf, startWorld, type World } from '../world.ts';

/** id, date, status; the last has neither a date nor the code system of the others */
const MADE: [id: string, date: string | undefined, status: string][] = [
  ['a', '2026-03-01', 'final'],
  ['b', '2026-01-01', 'final'],
  ['c', '2026-02-01', 'amended'],
  ['d', '2026-02-01', 'final'],
  ['e', undefined, 'final'],
];

describe('a sorted search', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    for (const [id, date, status] of MADE) {
      const code = concept('http://loinc.org', id === 'e' ? 'Z' : 'A');
      await world.store('north', observation(id, 'anna', { effectiveDateTime: date, status, code }));
    }
    await world.store('north', observation('other', 'ben'));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const paged = async (query: string, count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let path: string | undefined = `Observation?${query}&_count=${count}`; path !== undefined;) {
      const answer = await anna(path);
      ids.push(...idsOf(answer));
      path = nextOf(answer, 'north');
    }
    return ids;
  };

  it.each([
    ['_sort=date', 'b c d a e'],
    ['_sort=-date', 'a d c b e'],
    ['_sort=date,-_id', 'b d c a e'],
    ['_sort=-date,_id', 'a c d b e'],
    ['_sort=status,-date', 'c a d b e'],
    ['_sort=-status,date', 'b d a e c'],
    ['_sort=code,_id', 'a b c d e'],
    ['_sort=-code,-_id', 'e d c b a'],
    ['_sort=_id', 'a b c d e'],
    ['_sort=-_lastUpdated', 'e d c b a'],
    ['_sort=_lastUpdated,status', 'a b c d e'],
    ['_sort=date&status=final', 'b d a e'],
  ])('with %s has this order with every page size: %s', async (query, expected) => {
    for (const count of [1, 2, 5, 100]) expect((await paged(query, count)).join(' ')).toBe(expected);
  });

  it.each(['_sort=constructor', '_sort=-subject.birthdate', '_sort=patient', '_sort=nothing', '_sort=-'])(
    'F18: refuses %s',
    async (query) => {
      expect((await anna(`Observation?${query}`)).status).toBe(400);
    },
  );

  it('F17: may return parts of resources, which are marked', async () => {
    const { text } = await anna('Observation?_elements=effectiveDateTime&_sort=date&_count=1');
    const [{ resource }] = (JSON.parse(text) as { entry: [{ resource: Record<string, unknown> }] }).entry;
    expect(Object.keys(resource)).toEqual([
      'resourceType',
      'id',
      'meta',
      'status',
      'code',
      'effectiveDateTime',
    ]);
    expect(JSON.stringify(resource['meta'])).toContain('SUBSETTED');
    const read = JSON.parse((await anna('Observation/a?_summary=text')).text) as object;
    expect(Object.keys(read)).toEqual(['resourceType', 'id', 'meta', 'status', 'code']);
  });
});
