import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { condition, observation } from '@patient-access/testing';
import { type Asker, asMember, bundleOf, startWorld, withoutRequestId, type World } from '../world.ts';

describe('a type that a plan does not offer', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('o1', 'anna'), condition('c1', 'anna'));
    anna = await asMember(world, 'north', 'anna', { types: ['Condition', 'Patient'] });
  });
  afterAll(() => world?.stop());

  it('can be neither read nor searched, even if it is stored and the scope would open it', async () => {
    for (const path of [
      'Observation/o1',
      'Observation/o1/_history',
      'Observation',
      'Observation?_summary=count',
    ]) {
      const { status, requestId } = await anna(path);
      expect([path, status]).toEqual([path, 404]);
      const event = (await world.events()).find((each) => each.requestId === requestId);
      expect(event).toMatchObject({ outcome: '4', reason: 'not-found' });
    }
    expect(withoutRequestId(await anna('Observation/o1'))).toEqual(
      withoutRequestId(await anna('Observation/zzz')),
    );
    expect((await anna('Condition/c1')).status).toBe(200);
  });

  it('is left out of $everything', async () => {
    const { entry = [] } = bundleOf(await anna('Patient/anna/$everything'));
    expect(entry.map(({ resource }) => resource.id)).toEqual(['c1']);
    expect((await anna('Patient/anna/$everything?_type=Observation')).status).toBe(403);
  });

  it('is left out of included resources', async () => {
    const body = JSON.stringify({ include: ['Observation/o1', 'Condition/c1'], revinclude: [] });
    const { text } = await anna('$related', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(text).toContain('"id":"c1"');
    expect(text).not.toContain('"id":"o1"');
  });
});
