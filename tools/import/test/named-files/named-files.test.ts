/** Commands that are told to read a folder, or a file that is not there. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parseCodes } from '../../codes.ts';
import { readReferences } from '../../read/references.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await mkdir(join(world.folder, 'folder'));
}, 60_000);
afterAll(() => world?.end());

it.each([
  ['labels', [], 'import:labels', 1],
  ['displays', [], 'import:displays', 1],
  ['main', ['--guides', 'none', '--addresses'], 'import', 2],
] as const)('%s %j names the file in one line', async (command, words, says, exit) => {
  for (const [file, why] of [
    ['folder', 'it is a folder'],
    ['none.json', 'no such file'],
  ] as const) {
    const { code, out, err } = await world.run(command, ['--tenant', 'northwind', ...words, file]);
    expect([code, out, err]).toEqual([exit, '', `${says}: ${file}: ${why}\n`]);
  }
});

it('a folder in the place of the records of a split is named, too', () => {
  const folder = join(world.folder, 'folder');
  expect(() => readReferences(folder)).toThrow(`${folder}: it is a folder`);
});

it('a list of codes may begin with a byte order mark', async () => {
  expect(parseCodes('\uFEFF[]')).toEqual([]);
  await writeFile(join(world.folder, 'marked.ndjson'), '\uFEFFCondition/c1\n');
  expect(readReferences(join(world.folder, 'marked.ndjson'))).toEqual(['Condition/c1']);
});
