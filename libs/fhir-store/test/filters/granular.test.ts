import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concept, condition, observation } from '@patient-access/testing';
import { asMember, bundleOf, idsOf, nextOf, startWorld, type World } from '../world.ts';

const SYSTEM = 'http://terminology.hl7.org/CodeSystem/observation-category';
const lab = { category: [concept(SYSTEM, 'laboratory')] };
const LAB = `patient/Observation.rs?category=${encodeURIComponent(`${SYSTEM}|laboratory`)}`;

describe('a granular scope', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('lab-1', 'anna', lab), observation('vital-1', 'anna'));
    await world.store(
      'north',
      observation('lab-2', 'anna', { ...lab, status: 'amended' }),
      condition('c-1', 'anna'),
    );
    await world.store('north', observation('once-lab', 'anna', lab));
    await world.store('north', observation('once-lab', 'anna'));
  });
  afterAll(() => world?.stop());

  const withScope = (scope: string) => asMember(world, 'north', 'anna', { scope });

  it('shows the same on search and on read', async () => {
    const app = await withScope(LAB);
    expect(idsOf(await app('Observation')).sort()).toEqual(['lab-1', 'lab-2']);
    const statuses = [];
    for (const path of ['lab-1', 'vital-1', 'once-lab', 'once-lab/_history/1', 'lab-1/_history/1'])
      statuses.push((await app(`Observation/${path}`)).status);
    expect(statuses).toEqual([200, 404, 404, 404, 200]);
  });

  it('hides as if there were nothing', async () => {
    const app = await withScope(LAB);
    const [hidden, absent] = [await app('Observation/vital-1'), await app('Observation/no-such')];
    expect(hidden.text.replaceAll(hidden.requestId, '')).toBe(absent.text.replaceAll(absent.requestId, ''));
  });

  it('counts and pages what it shows only', async () => {
    const app = await withScope(LAB);
    expect(bundleOf(await app('Observation?_summary=count')).total).toBe(2);
    const first = await app('Observation?_count=1');
    const second = await app(nextOf(first, 'north') ?? '');
    expect([idsOf(first), idsOf(second), nextOf(second, 'north')]).toEqual([['lab-2'], ['lab-1'], undefined]);
  });

  it('is one of several alternatives', async () => {
    const app = await withScope(`${LAB}&status=amended patient/Observation.rs?category=vital-signs`);
    expect(idsOf(await app('Observation')).sort()).toEqual(['lab-2', 'once-lab', 'vital-1']);
  });

  it('does not matter beside one without filters', async () => {
    expect(idsOf(await (await withScope(`${LAB} patient/*.rs`))('Observation'))).toHaveLength(4);
  });

  it.each([
    'patient/Observation.rs?_count=1',
    'patient/Observation.rs?_sort=_lastUpdated',
    'patient/Observation.rs?patient=ben',
    'patient/Observation.rs?patient=Patient/ben&status=final',
    'patient/Observation.rs?no-such-parameter=x',
    'patient/Observation.rs?date=never',
    'patient/*.rs?onset-date=ge2020',
  ])('%s restricts nothing that can be shown, and so opens nothing', async (scope) => {
    const app = await withScope(scope);
    for (const path of ['Observation', 'Observation/lab-1']) {
      const { status, text } = await app(path);
      expect([status, JSON.parse(text).issue[0].code]).toEqual([403, 'forbidden']);
    }
  });

  it('may name the member, who is the token’s anyway', async () => {
    expect(idsOf(await (await withScope('patient/Observation.rs?patient=anna'))('Observation'))).toHaveLength(
      4,
    );
    const app = await withScope('patient/Observation.rs?patient=Patient/anna&status=amended');
    expect(idsOf(await app('Observation'))).toEqual(['lab-2']);
  });

  it('may be about ids and dates', async () => {
    expect(idsOf(await (await withScope('patient/Observation.rs?_id=lab-1'))('Observation'))).toEqual([
      'lab-1',
    ]);
    expect(
      idsOf(await (await withScope('patient/Observation.rs?_lastUpdated=lt2020'))('Observation')),
    ).toEqual([]);
  });
});
