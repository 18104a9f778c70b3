/** Resources that come more than once in one load: the last one is stored, and where they differ the import says so. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tries } from '@patient-access/testing';
import { feedsOf } from '../../freshness/feeds-of.ts';
import type { Input } from '../../store/input.ts';
import { importResources } from '../../store/import.ts';
import { type Repeat, Repeats } from '../../store/repeats.ts';
import { importedCondition, importedProvenance, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const [FIRST, ALL] = [tries(50_000, 200_000), tries(250_000, 700_000)];
/** A set of all ids would have a multiple of it. */
const BYTES_EACH = 20;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

const condition = (id: string, text: string) => importedCondition(id, 'p', { code: { text } });
/** So many that what stands around them is in other batches. */
const others = (count: number) => Array.from({ length: count }, (_, at) => condition(`other-${at}`, 'other'));

async function load(tenant: string, resources: object[]) {
  const inputs = resources.map((each, origin): Input<number> => {
    if ('deleted' in each) return { origin, deleted: each.deleted as { type: string; id: string } };
    return { origin, resource: each };
  });
  const found: Repeat<number>[] = [];
  const checkedBy = Buffer.from('the rules of today');
  const onRepeat = (repeat: Repeat<number>) => void found.push(repeat);
  const summary = await importResources(world.stores, tenant, inputs, { onRepeat, checkedBy });
  expect(summary.repeated).toBe(found.length);
  return found;
}
const textOf = async (tenant: string, id: string) => {
  const [row] = await world.stored(tenant, `Condition/${id}`);
  return (JSON.parse(row?.body ?? '{}') as { code?: { text: string } }).code?.text;
};

test('each is found in one batch, far apart, and where the first is stored already; copies of the same are none', async () => {
  const twice = [
    condition('near', 'first'),
    condition('near', 'second'),
    condition('far', 'first'),
    condition('same', 'same'),
    importedProvenance('v', 'Condition/near'),
    ...others(1200),
    condition('far', 'second'),
    condition('same', 'same'),
    importedProvenance('v', 'Condition/far'),
    condition('far', 'third'),
  ];
  const load1 = [patient('p'), ...twice];
  const last = (text: string, id: string) =>
    load1.findLastIndex(
      (each) => 'code' in each && each.id === id && (each.code as { text: string }).text === text,
    );
  const expected = [
    { type: 'Condition', id: 'far', times: 3, stored: last('third', 'far') },
    { type: 'Condition', id: 'near', times: 2, stored: last('second', 'near') },
    { type: 'Provenance', id: 'v', times: 2, stored: load1.length - 2 },
  ];
  const sorted = (found: Repeat<number>[]) => found.sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(sorted(await load('twice', load1))).toEqual(expected);
  expect([await textOf('twice', 'near'), await textOf('twice', 'far')]).toEqual(['second', 'third']);
  // The same again: what is stored is known, and is what came last.
  expect(sorted(await load('twice', load1))).toEqual(expected);
  // The first copy is what is stored, and nothing of it is new.
  expect(await load('twice', [condition('same', 'same'), ...others(1200), condition('same', 'new')])).toEqual(
    [{ type: 'Condition', id: 'same', times: 2, stored: 1201 }],
  );
  expect(await textOf('twice', 'same')).toBe('new');
}, 120_000);

test('a record that is deleted and comes again is none, and neither is one that is rejected', async () => {
  await load('again', [patient('p'), condition('back', 'before')]);
  const later = { ...condition('back', 'after'), meta: { lastUpdated: '2090-01-01T00:00:00Z' } };
  expect(
    await load('again', [
      condition('back', 'wrong'),
      { deleted: { type: 'Condition', id: 'back' } },
      later,
      condition('bad', 'good'),
      { ...condition('bad', 'bad'), nonsense: 1 },
    ]),
  ).toEqual([]);
  expect([await textOf('again', 'back'), await textOf('again', 'bad')]).toEqual(['after', 'good']);
}, 60_000);

test('the command names the type, the id, how often, and where the stored one is', async () => {
  const file = await world.file(
    'repeats.ndjson',
    ndjson(patient('p'), condition('c', 'first'), condition('c', 'second')),
  );
  const rejects = join(world.folder, 'nothing.rejects.ndjson');
  const args = ['--tenant', 'command', '--guides', 'none', '--rejects', rejects, file];
  const { code, out, err } = await world.run('main', args);
  expect([code, out]).toEqual([
    0,
    expect.stringContaining(
      '1 resources came more than once, and differently: the last one of each is stored',
    ),
  ]);
  const name = readdirSync(world.folder).find((each) => each.endsWith('.repeats.ndjson')) ?? '';
  expect(err).toContain(`came more than once, and differently: see ${join(world.folder, name)}`);
  expect(JSON.parse(readFileSync(join(world.folder, name), 'utf8'))).toEqual({
    type: 'Condition',
    id: 'c',
    times: 2,
    stored: { file, line: 3 },
  });
  expect(statSync(join(world.folder, name)).mode & 0o777).toBe(0o600);
}, 60_000);

test('what is in memory does not grow with the resources', async () => {
  await using repeats = new Repeats<number>();
  const hash = Buffer.alloc(32);
  const note = async (from: number, to: number) => {
    for (let at = from; at < to; at += 1) await repeats.note('Observation', `o-${at}`, { hash, origin: at });
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await note(0, FIRST);
  const after = await note(FIRST, ALL);
  expect((after - before) / (ALL - FIRST)).toBeLessThan(BYTES_EACH);
  await repeats.note('Observation', 'o-7', { hash: Buffer.alloc(32, 1), origin: -1 });
  const found: Repeat<number>[] = [];
  for await (const repeat of repeats.find()) found.push(repeat);
  expect(found).toEqual([{ type: 'Observation', id: 'o-7', times: 2, stored: -1 }]);
}, 120_000);

const isFull = process.platform === 'linux' ? test : test.skip;
isFull(
  'a disk that is full ends the list, and not what is noted',
  async () => {
    await using repeats = new Repeats<number>(() => open('/dev/full', 'r+'));
    const note = (at: number) =>
      repeats.note('Observation', `o-${at % 1000}`, { hash: Buffer.alloc(32, at), origin: at });
    await Promise.all(Array.from({ length: 100_000 }, (_, at) => note(at)));
    expect(repeats.failure).toMatchObject({ code: 'ENOSPC' });
    const found: Repeat<number>[] = [];
    for await (const repeat of repeats.find()) found.push(repeat);
    expect(found).toEqual([]);
  },
  60_000,
);

test('a list that cannot be written takes nothing from the load', async () => {
  await load('lost', [patient('p'), condition('gone', 'old'), condition('c', 'old')]);
  const inputs = [patient('p'), condition('c', 'first'), condition('c', 'second')];
  const onRepeat = () => {
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  const summary = await importResources(
    world.stores,
    'lost',
    inputs.map((resource, origin) => ({ origin, resource })),
    { onRepeat, complete: { types: ['Condition'], atMost: 1 } },
  );
  expect(summary).toMatchObject({ repeatsUnknown: 'ENOSPC', complete: [{ type: 'Condition', deleted: 1 }] });
  expect(await textOf('lost', 'c')).toBe('second');
  const feed = (await feedsOf(world.stores, 'lost', new Date())).find(({ type }) => type === 'Condition');
  expect(feed).toMatchObject({ last: { deleted: 1 } });
}, 60_000);
