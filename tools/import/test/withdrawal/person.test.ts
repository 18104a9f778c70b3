/** What `import:withdraw` never takes: who the records are about, and two records at once. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { importedCondition, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

it('a Patient stays, and comes again', async () => {
  const file = await world.file('p.ndjson', ndjson(patient('p')));
  await world.importFiles('mixed', file);
  const words = ['--tenant', 'mixed', '--record', 'Patient/p', '--from', 'p', '--reason', 'a slip'];
  const { code, out, err } = await world.run('withdraw', words);
  expect([code, out, err]).toEqual([
    1,
    '',
    expect.stringMatching(/^import:withdraw: --record: a Patient stands under itself, .*\n$/),
  ]);
  expect(await world.stored('mixed', 'Patient/p')).toHaveLength(1);
  expect(await world.importFiles('mixed', file)).toMatchObject({ rejections: [] });
});

it('two records are refused, and none goes: the first one would stay where it is', async () => {
  const file = await world.file(
    'two.ndjson',
    ndjson(patient('q'), importedCondition('c1', 'q'), importedCondition('c2', 'q')),
  );
  await world.importFiles('mixed', file);
  const records = ['--record', 'Condition/c1', '--record', 'Condition/c2'];
  const words = ['--tenant', 'mixed', ...records, '--from', 'q', '--reason', 'a slip'];
  const { code, out, err } = await world.run('withdraw', words);
  expect([code, out, err]).toEqual([1, '', 'import:withdraw: --record is there several times\n']);
  expect(await world.stored('mixed', 'Condition/c2')).toHaveLength(1);
});
