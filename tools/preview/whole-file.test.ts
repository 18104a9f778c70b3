import { expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWhole, writeWhole } from './whole-file.ts';

test('a file is replaced as a whole, with the rights that it shall have', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'patient-access-whole-'));
  const file = join(directory, 'secrets.json');
  expect(await readWhole(file)).toBeUndefined();
  writeFileSync(file, '');
  chmodSync(file, 0o644);
  await expect(readWhole(file)).rejects.toThrow(
    `${file} is damaged; begin with new data: npm start -- --fresh`,
  );
  await writeWhole(file, '{"a":1}', 0o600);
  expect(await readWhole(file)).toEqual({ a: 1 });
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777, readdirSync(directory)]).toEqual([
    '{"a":1}',
    0o600,
    ['secrets.json'],
  ]);
  rmSync(directory, { recursive: true });
});
