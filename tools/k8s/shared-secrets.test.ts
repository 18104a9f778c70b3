import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { printedSecrets, secretsOfOneValue } from './secrets.ts';

const root = resolve(import.meta.dirname, '../..');
const TABLE = /^\| a value +\| the Secrets that hold it +\|$\n(?:^\|.*\|$\n)+/m;

it('docs/operate.md names the Secrets that hold the same value, for whoever changes one', () => {
  const [table = ''] = TABLE.exec(readFileSync(join(root, 'docs/operate.md'), 'utf8')) ?? [];
  const rows = table.trim().split('\n').slice(2);
  const named = rows.map((row) =>
    [...(row.split('|')[2] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name),
  );
  const sorted = (lists: unknown[][]) => lists.map((list) => list.sort().join(', ')).sort();
  expect(sorted(named)).toEqual(sorted(secretsOfOneValue(printedSecrets(root))));
}, 60_000);
