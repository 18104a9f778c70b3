import { expect, test } from '@jest/globals';
import { population, published } from '@patient-access/population';
import { blindRules, contradictions } from './judge.ts';
import { planRecords } from './plan-records.ts';

const TODAY = '2026-06-30';
const MEMBERS = 60;

const planOf = (tenant: string, today = TODAY, members = MEMBERS) =>
  planRecords(
    [...population({ tenant, members, seed: 1, today })],
    published(tenant, 1, today)['provider-directory'],
    today,
  );

const northwind = planOf('northwind');

const NEW_YEAR = planOf('lakeside', '2027-01-01', 20);

test.each([northwind, planOf('lakeside'), NEW_YEAR])('the claims of each plan contradict no rule', (plan) => {
  expect(contradictions(plan)).toEqual([]);
});

test('every rule finds a fault that is planted for it', () => {
  expect(blindRules(northwind)).toEqual([]);
});
