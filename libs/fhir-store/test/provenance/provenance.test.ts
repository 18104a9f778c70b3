import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asker, asMember, idsOf, nextOf, withoutRequestId, type World } from '../world.ts';
import { startRelated } from '../related/world.ts';

describe('a Provenance', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startRelated();
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it('can be read by the member of its target', async () => {
    expect((await anna('Provenance/of-a1')).status).toBe(200);
    expect((await anna('Provenance/of-a1/_history/1')).status).toBe(200);
    expect((await anna('Provenance/of-a1/_history')).status).toBe(200);
    const [foreign, absent] = [await anna('Provenance/of-b1'), await anna('Provenance/nil')];
    expect(foreign.status).toBe(404);
    expect(withoutRequestId(foreign)).toEqual(withoutRequestId(absent));
  });

  it.each<[string, string[]]>([
    ['', ['of-a-obs', 'of-a1']],
    ['patient=anna', ['of-a-obs', 'of-a1']],
    ['target=Condition/a1', ['of-a1']],
    ['target:Condition=a1', ['of-a1']],
    ['target=Condition/b1', []],
    ['target=Patient/anna', []],
    ['agent=Practitioner/p1&recorded=2026-03-01', ['of-a-obs', 'of-a1']],
    ['recorded=gt2026-03-02', []],
    ['_id=of-a1,of-b1', ['of-a1']],
    ['_lastUpdated=ge2020', ['of-a-obs', 'of-a1']],
  ])('is found by %j', async (query, expected) => {
    expect(idsOf(await anna(`Provenance?${query}`)).sort()).toEqual(expected);
  });

  it.each(['patient=ben', 'patient=Patient/ben', 'patient:identifier=x', 'patient.name=x'])(
    'F04: is refused when it is searched for by %s',
    async (query) => {
      expect((await anna(`Provenance?${query}`)).status).toBe(403);
    },
  );

  it.each(['_sort=recorded', '_total=accurate', '_summary=count', '_count=0'])(
    'answers %s, because all Provenances of a member are in one place',
    async (query) => {
      expect((await anna(`Provenance?${query}`)).status).toBe(200);
    },
  );

  it('needs the type of a target, because the target could be of any type', async () => {
    expect((await anna('Provenance?target=a1')).status).toBe(400);
  });

  it('comes in pages like any other', async () => {
    const first = await anna('Provenance?_count=1');
    const second = await anna(nextOf(first, 'north') ?? '');
    expect(idsOf(second)).toHaveLength(1);
    expect(nextOf(second, 'north')).toBeUndefined();
    expect((await anna('Provenance?_part=clinical-service')).status).toBe(400);
  });
});
