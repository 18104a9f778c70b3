/** An interrupted `reindex` goes on where it says, and does the services that it had not begun, too. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { explanation, importedCondition, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const file = await world.file(
    'all.ndjson',
    ndjson(patient('p'), explanation('e', 'p'), importedCondition('c', 'p')),
  );
  await world.importFiles('north', file);
});
afterAll(() => world?.end());

/** @returns the services that a run went through, and what it says of going on behind each */
async function reindexed(
  ...args: string[]
): Promise<{ code: number | null; services: string[]; on: string[] }> {
  const { code, out } = await world.run('reindex', ['--tenant', 'north', ...args]);
  const lines = [...out.matchAll(/^(\S+-service): 1; to go on: (.*)$/gm)];
  return { code, services: lines.map(([, name = '']) => name), on: lines.map(([, , more = '']) => more) };
}

test('goes on behind a resource of one service, and with the services after it', async () => {
  const { services, on } = await reindexed();
  expect(services).toHaveLength(3);
  const [behindFirst = '', behindSecond = ''] = on;
  expect((await reindexed(...behindFirst.split(' '))).services).toEqual(services.slice(1));
  expect((await reindexed(...behindSecond.split(' '))).services).toEqual(services.slice(2));
});

test('is for one service where nothing else is said, and for none that is not there', async () => {
  expect(await reindexed('--owner', 'claims-service')).toMatchObject({ services: ['claims-service'] });
  expect(await reindexed('--owner', 'claim-service')).toMatchObject({ code: 1, services: [] });
});
