import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listFiles, NothingToImport, pathWith } from '../../read/paths.ts';

let folder: string;
const within = (path: string) => join(folder, path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patient-access-import-files-'));
  await mkdir(within('data/deep'), { recursive: true });
  await mkdir(within('elsewhere'));
  await mkdir(within('nothing'));
  for (const name of ['import-1.rejects.ndjson', 'deep/import-1.repeats.ndjson'])
    await writeFile(within(`data/${name}`), '{}');
  const hidden = ['._b.json', 'deep/.c.ndjson.gz', '.DS_Store'];
  for (const name of ['b.json', 'a.ndjson.gz', 'deep/c.JSONL', 'notes.txt', 'package.tgz', ...hidden]) {
    await writeFile(within(`data/${name}`), '12345');
  }
  await writeFile(within('elsewhere/secret.json'), '{}');
  await writeFile(within('nothing/notes.txt'), '');
  await symlink('../elsewhere/secret.json', within('data/linked-out.json'));
  await symlink('../elsewhere', within('data/linked-folder'));
  await symlink('.', within('data/deep/round'));
  await symlink('.c.ndjson.gz', within('data/deep/newest.ndjson.gz'));
  await symlink('missing.json', within('data/broken.json'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('a folder stands for its files with a name of FHIR JSON, sorted, without hidden ones and findings of earlier imports, and no link leads out of it', async () => {
  const { files, unread } = await listFiles([within('data')]);
  expect(files.map(({ path }) => relative(folder, path))).toEqual([
    'data/a.ndjson.gz',
    'data/b.json',
    'data/deep/c.JSONL',
    'data/deep/newest.ndjson.gz',
  ]);
  expect(files[0]?.size).toBe(5);
  expect(unread.map((path) => relative(folder, path))).toEqual([
    ...['data/._b.json', 'data/broken.json', 'data/deep/.c.ndjson.gz'],
    ...['data/linked-folder', 'data/linked-out.json', 'data/notes.txt', 'data/package.tgz'],
  ]);
});

test('of a folder, files that are named by reference data are read first, past those of other types alone', async () => {
  await mkdir(within('typed'));
  const inOrderOfNames = [
    ...['1.Organization.ndjson', 'Claim.ndjson', 'Claim-2.ndjson', 'Practitioner.0.ndjson.gz'],
    ...['Encounter.json', 'all.ndjson', 'sub/Condition.ndjson', 'sub/Location_1.jsonl', 'sub/Zoo.ndjson'],
  ];
  await mkdir(within('typed/sub'));
  for (const name of inOrderOfNames) await writeFile(within(`typed/${name}`), '{}');
  const { files } = await listFiles([within('typed')]);
  expect(files.map(({ path }) => relative(within('typed'), path))).toEqual([
    ...['1.Organization.ndjson', 'Practitioner.0.ndjson.gz', 'Claim-2.ndjson', 'Claim.ndjson'],
    ...['Encounter.json', 'all.ndjson', 'sub/Location_1.jsonl', 'sub/Condition.ndjson', 'sub/Zoo.ndjson'],
  ]);
  const named = ['Encounter.json', 'Practitioner.0.ndjson.gz'].map((name) => within(`typed/${name}`));
  expect((await listFiles(named)).files.map(({ path }) => path)).toEqual(named);
});

test('a file that is given as an argument is read whatever its name is', async () => {
  const { files } = await listFiles([within('data/notes.txt'), within('data/linked-out.json')]);
  expect(files).toHaveLength(2);
  for (const name of ['data/import-1.rejects.ndjson', 'data/._b.json'])
    expect((await listFiles([within(name)])).files).toHaveLength(1);
});

test.each([
  ['data/r.ndjson', ['elsewhere', 'data'], 'data'],
  ['data/deep/new.jsonl.gz', ['data'], 'data'],
  ['data/deep/round/r.ndjson', ['data'], 'data'],
  ['data/notes.txt', ['data/notes.txt'], 'data/notes.txt'],
  ['data/linked-out.json', ['elsewhere'], 'elsewhere'],
  ['data/r.rejects.ndjson', ['data'], undefined],
  ['data/rejects.txt', ['data'], undefined],
  ['data/.r.ndjson', ['data'], undefined],
  ['data-2.ndjson', ['data'], undefined],
  ['gone/r.ndjson', ['data', 'gone', 'https://plan.example/data'], undefined],
])('%s would be read with one of %s: %s', async (file, paths, path) => {
  const found = await pathWith(within(file), paths.map(within));
  expect(found).toBe(path && within(path));
});

test.each(['no-such-file', 'nothing'])('%s is an error before anything is stored', async (path) => {
  await expect(listFiles([within(path)])).rejects.toThrow(NothingToImport);
});
