import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { correctionsSince } from '../../src/corrections/corrections.ts';
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
  const page = search({ ClaimResponse: '7', Claim: '6/a 7/a 8' }, 'GET Claim');
  await world.deliver(
    asLines(
      ...[read, page],
      search({ Claim: '77/a 6/7' }, 'GET Claim?near'),
      search({ ClaimResponse: '7' }, 'GET ClaimResponse'),
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

it('the trail says what has to be done again in a database that was put back, and how', async () => {
  const began = new Date();
  const correct = (action: string, more: object = {}) => {
    const person = { iss: 'https://plan.example/administration', sub: 'kim' };
    const of = { kind: 'ingest' as const, resource: undefined, client: undefined, user: person };
    return accessEvent({ ...of, service: 'claims-service', member: 'anna', action, ...more });
  };
  await world.deliver(
    asLines(
      correct('withdraw', { request: "Claim/7: the feed's mistake: two Annas" }),
      correct('import', { request: undefined, member: undefined }),
      correct('merge', {
        request: '3f1c: one person (4 records)',
        member: 'ben',
        recorded: '2026-11-25T10:00:01.000Z',
      }),
      // A database that has what came after it would refuse this merge.
      correct('merge', { request: '5f1c: two cards (1 records)', recorded: '2026-11-25T10:00:01.100Z' }),
      correct('unmerge', { request: '5f1c: two cards (1 records)', recorded: '2026-11-25T10:00:01.200Z' }),
      correct('split', {
        request: '4f1c: two persons (2 records)',
        recorded: '2026-11-25T10:00:02.000Z',
      }),
      correct('unsplit', {
        request: '4f1c: two persons (2 records)',
        recorded: '2026-11-25T10:00:03.000Z',
      }),
      accessEvent({ recorded: new Date().toISOString() }),
    ),
  );
  const found = await correctionsSince(auditor, 'northwind', began);
  expect(found).toEqual([
    expect.objectContaining({
      act: 'withdraw',
      service: 'claims-service',
      by: 'kim',
      what: "Claim/7: the feed's mistake: two Annas",
      again: `npm run -s import:withdraw -- --tenant northwind --record Claim/7 --from anna --reason 'the feed'\\''s mistake: two Annas'`,
      add: expect.stringContaining('the same --to and --as'),
    }),
    expect.objectContaining({
      act: 'merge',
      again: 'npm run -s import:persons -- --tenant northwind < change.json of the change 3f1c',
      add: expect.stringMatching(/^change\.json is what was printed .*, with "state": "moving"$/),
    }),
    expect.objectContaining({
      act: 'unmerge',
      again: 'npm run -s import:persons -- --tenant northwind < change.json of the change 5f1c',
    }),
    expect.objectContaining({
      act: 'split',
      again:
        'npm run -s import:persons -- --tenant northwind --records <file> < change.json of the change 4f1c',
      add: expect.stringMatching(/^the file of the records .*\(--records\); .*"moving"$/),
    }),
    expect.objectContaining({
      act: 'unsplit',
      again: 'npm run -s import:persons -- --tenant northwind < change.json of the change 4f1c',
      add: expect.stringContaining('"state": "undoing"'),
    }),
  ]);
  // A clock of the database that is a little ahead changes nothing.
  expect(await correctionsSince(auditor, 'northwind', new Date(Date.now() + 60_000))).toEqual([]);
  expect(await correctionsSince(auditor, 'southwind', began)).toEqual([]);
});
