/** A plan's first load of prior authorizations, before which no decision could be in the API in time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { firstLoadOf } from '../prior-authorization/requests.ts';
import { ASKED, receivedIn, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world?.stop());

const explanation = (id: string, use: string, more: object = {}) => ({
  ...{ resourceType: 'ExplanationOfBenefit', id, status: 'active', use },
  patient: { reference: 'Patient/anna' },
  created: '2026-03-01',
  ...more,
});

test('is not that of a claim which contains one, in its current version or an earlier one', async () => {
  const contained = [{ ...ASKED, use: 'preauthorization' }];
  await world.store(
    explanation('now', 'claim', { contained }),
    explanation('before', 'claim', { contained }),
  );
  await world.store(explanation('before', 'claim'));
  await world.store(explanation('asked', 'preauthorization'));
  await world.store(explanation('asked', 'preauthorization', { outcome: 'complete' }));
  const [request] = await receivedIn(world.owner, 2026);
  expect(request?.stored).toHaveLength(2);
  expect(await firstLoadOf(world.owner, 'northwind')).toEqual(request?.stored[0]);
});
