import { expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complianceGaps, complianceGapsOf } from './compliance.ts';

const page = (row: string) => `
| clause | state | what the product does | shown by | stays with the plan |
| ------ | ----- | --------------------- | -------- | ------------------- |
| ${row} |
`;
const gaps = (row: string) => complianceGapsOf(page(row), (path) => path === 'there.test.ts');

test('a clause that is met names a test that there is', () => {
  expect(gaps('(a) | met | it does | [a](../there.test.ts) | nothing')).toEqual([]);
  expect(gaps('(a) | met | it does |  | nothing')).toEqual(['(a): met, without a test']);
  expect(gaps('(a) | met | it does | [a](../gone.test.ts) | nothing')).toEqual([
    '(a): no such test: gone.test.ts',
  ]);
});

test('other states need no test, and there are no others', () => {
  expect(['part', 'open', 'plan'].flatMap((state) => gaps(`(a) | ${state} | it does |  | all`))).toEqual([]);
  expect(gaps('(a) | almost | it does |  | all')).toEqual(['(a): no such state: almost']);
  expect(complianceGapsOf('# Compliance', () => true)).toEqual(['no clauses']);
});

test('a folder is no test', () => {
  const root = mkdtempSync(join(tmpdir(), 'patient-access-compliance-'));
  mkdirSync(join(root, 'docs'));
  mkdirSync(join(root, 'tests'));
  writeFileSync(join(root, 'docs/compliance.md'), page('(a) | met | it does | [a](../tests) | nothing'));
  expect(complianceGaps(root)).toBe('docs/compliance.md: (a): no such test: tests');
  rmSync(root, { recursive: true });
});
