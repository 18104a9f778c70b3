import { expect, test } from '@jest/globals';
import { population, published } from '@patient-access/population';
import { blindRules, contradictions } from './judge.ts';
import { planRecords } from './plan-records.ts';

const TODAY = '2026-06-30';
const MEMBERS = 60;

const planOf = (tenant: string) =>
  planRecords(
    [...population({ tenant, members: MEMBERS, seed: 1 })],
    published(tenant, 1)['provider-directory'],
    TODAY,
  );

const northwind = planOf('northwind');

test.each([northwind, planOf('lakeside')])('the claims of each plan contradict no rule', (plan) => {
  expect(contradictions(plan)).toEqual([]);
});

test('every rule finds a fault that is planted for it', () => {
  expect(blindRules(northwind)).toEqual([]);
});
