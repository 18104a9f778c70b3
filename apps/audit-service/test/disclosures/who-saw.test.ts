import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { whoSaw } from '../../src/disclosures/who-saw.ts';
import { accessEvent, asLines, idOf, startWorld, type World } from '../world.ts';

let world: World;
let auditor: Pool;
beforeAll(async () => {
  world = await startWorld();
  auditor = await createPool(world.urls.auditor, { max: 1, readOnly: true });
});
afterAll(async () => {
  await auditor?.end();
  await world?.stop();
});

it('the trail alone says by which requests one resource left, and in which version', async () => {
  const search = (resources: Record<string, string>, request: string) =>
    accessEvent({ action: 'search-type', resource: undefined, resources, request });
  const read = accessEvent({
    resource: { reference: 'Claim/7', version: 'b' },
    request: 'GET Claim/7',
    recorded: '2026-11-25T10:00:00.000Z',
  });
  const page = search({ Coverage: '7', Claim: '6/a 7/a 8' }, 'GET Claim');
  await world.deliver(
    asLines(
      ...[read, page],
      search({ Claim: '77/a 6/7' }, 'GET Claim?near'),
      search({ Coverage: '7' }, 'GET Coverage'),
      accessEvent({ resource: undefined, outcome: '4', reason: 'not-found', request: 'GET Claim/7' }),
      accessEvent({ member: 'ben', resource: { reference: 'Claim/7', version: 'b' } }),
    ),
  );
  const found = await whoSaw(auditor, { tenant: 'northwind', member: 'anna', type: 'Claim', id: '7' });
  expect(found).toHaveLength(2);
  expect(found).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ event: idOf(read), versions: ['b'], app: 'app-1', login: 'login-1' }),
      expect.objectContaining({ event: idOf(page), versions: ['a'], request: 'GET Claim' }),
    ]),
  );
});
