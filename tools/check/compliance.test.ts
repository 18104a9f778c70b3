import { expect, test } from '@jest/globals';
import { complianceGapsOf } from './compliance.ts';

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
