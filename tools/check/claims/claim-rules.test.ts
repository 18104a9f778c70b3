import { expect, test } from '@jest/globals';
import { definitions, type Resource } from '@patient-access/fhir';
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

test('what the operation adds up is what the plan says, where it says anything', () => {
  const answer = definitions.get('Coverage')?.operations?.['benefit-balance']?.answer;
  const complete = { since: '2026-01-01', upTo: '2026-06-30T00:00:00.000Z' };
  const isOf = (type: string) => (resource: Resource) => resource.resourceType === type;
  const usedIn = (balance: unknown, code: string) =>
    new RegExp(`"code":"${code}".*?"usedMoney":\\{"value":([\\d.]+)`).exec(JSON.stringify(balance))?.[1];
  const compared = ['northwind', 'lakeside'].map((tenant) => {
    const all = [...population({ tenant, members: 12, seed: 1, today: TODAY })] as Resource[];
    const claims = Map.groupBy(all.filter(isOf('ExplanationOfBenefit')), ({ patient }) =>
      JSON.stringify(patient),
    );
    const found = { said: 0, added: 0 };
    for (const { id, beneficiary } of all.filter(isOf('Coverage'))) {
      const { reference: member } = beneficiary as { reference: string };
      const asked = { about: `Coverage/${id}`, member, at: new Date(`${TODAY}T12:00:00Z`) };
      const own = claims.get(JSON.stringify(beneficiary)) ?? [];
      const added = answer?.compute(own, asked, complete);
      const said = answer?.own(all.filter(isOf('CoverageEligibilityResponse')), asked);
      if (!added) continue;
      if (said) expect([id, usedIn(added, 'maxoutofpocket')]).toEqual([id, usedIn(said, 'IndInMax')]);
      found[said ? 'said' : 'added'] += 1;
    }
    return found;
  });
  for (const { said } of compared) expect(said).toBeGreaterThan(5);
  expect(compared[1]?.added).toBeGreaterThan(2);
});
