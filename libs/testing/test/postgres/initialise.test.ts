import { afterEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyBinaries } from '../../src/binaries.ts';
import { dataDirectory, startPostgres, waitUntil } from '../../src/index.ts';

const folders: string[] = [];
function folder(mode = 0o755): string {
  const made = mkdtempSync(join(tmpdir(), 'patient-access-initialise-'));
  chmodSync(made, mode);
  folders.push(made);
  return made;
}
const umask = process.umask();
afterEach(() => {
  process.umask(umask);
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

test('a kill while the data directory is made leaves none, and the next start makes it', async () => {
  const parent = folder();
  const dir = join(parent, 'postgres');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), dir], { stdio: 'ignore' });
  const begun = () => readdirSync(parent).find((name) => name.startsWith('postgres.new-'));
  await waitUntil(() => Promise.resolve(existsSync(join(parent, begun() ?? '-', 'PG_VERSION'))));
  const killed = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await killed;
  expect(existsSync(dir)).toBe(false);

  // The initdb of the killed process goes on for a moment, so the first start may still find something of it.
  const isAlone = async () => {
    await (await startPostgres({ dir })).stop();
    return readdirSync(parent).join() === 'postgres';
  };
  await waitUntil(isAlone, { withinMs: 60_000 });
});

test('a start with a strict umask keeps its data and lets Postgres read them', async () => {
  process.umask(0o077);
  const dir = join(folder(0o700), 'deep', 'postgres');
  const postgres = await startPostgres({ dir });
  await postgres.stop();
  expect(statSync(dataDirectory(dir)).mode & 0o777).toBe(0o700);
  rmSync(dataDirectory(dir), { recursive: true, force: true });
});

test('copied binaries can be executed by every user, whatever the umask is', () => {
  const made = folder();
  mkdirSync(join(made, 'native/bin'), { recursive: true });
  writeFileSync(join(made, 'native/bin/postgres'), '', { mode: 0o700 });
  process.umask(0o077);
  const copy = join(made, 'data.binaries');
  copyBinaries(join(made, 'native'), copy);
  expect(['bin', 'bin/postgres'].map((path) => statSync(join(copy, path)).mode & 0o055)).toEqual([
    0o055, 0o055,
  ]);
});

test('binaries that cannot be copied leave nothing behind', () => {
  const made = folder();
  expect(() => copyBinaries(join(made, 'none'), join(made, 'data.binaries'))).toThrow('ENOENT');
  expect(readdirSync(made)).toEqual([]);
});
