import { expect, test } from '@jest/globals';
import { definitions, type Resource, withNarrative } from '@patient-access/fhir';
import { population, published, type SyntheticResource } from '@patient-access/population';
import { blindRules, CLAIM_RULES, contradictions } from './judge.ts';
import { planRecords } from './plan-records.ts';

const TODAY = '2026-06-30';
const MEMBERS = 40;

interface Wanted {
  today?: string;
  members?: number;
  seed?: number;
}

/** As an import stores it. */
const told = (made: SyntheticResource): SyntheticResource =>
  made.resourceType === 'ExplanationOfBenefit' ? withNarrative(made as Resource, {}) : made;

const planOf = (tenant: string, { today = TODAY, members = MEMBERS, seed = 1 }: Wanted = {}) =>
  planRecords(
    [...population({ tenant, members, seed, today })].map(told),
    published(tenant, seed, today),
    today,
  );

const northwind = planOf('northwind');

test('the claims of a plan contradict no rule', () => {
  expect(contradictions(northwind)).toEqual([]);
});

/** All members of the preview, and the first one after them. */
const FEW = 14;

test.each([
  ['northwind', '2026-06-30', 2],
  ['lakeside', '2026-06-30', 3],
  ['northwind', '2027-01-01', 4],
  ['lakeside', '2027-01-01', 1],
  ['northwind', '2028-02-29', 3],
  ['lakeside', '2028-02-29', 5],
  ['northwind', '2026-10-01', 1],
  ['lakeside', '2026-10-01', 2],
])('nor do those of %s on %s, with the seed %i', (tenant, today, seed) => {
  expect(contradictions(planOf(tenant, { today, seed, members: FEW }))).toEqual([]);
});

test('people who gave care have retired since, and others have begun', () => {
  const named = new Set(
    northwind.claims.flatMap(({ careTeam = [] }) => careTeam.map(({ provider }) => provider.reference)),
  );
  const roles = [...northwind.all.values()].filter(
    ({ resourceType, practitioner }) =>
      resourceType === 'PractitionerRole' && named.has((practitioner as { reference: string }).reference),
  );
  const periods = roles.map(({ period }) => period as { start: string; end?: string });
  expect(periods.filter(({ end }) => end).length).toBeGreaterThan(3);
  expect(periods.filter(({ start }) => start > '2024-01-01').length).toBeGreaterThan(3);
});

test.each(['northwind', 'lakeside'])('every rule finds a fault that is planted for it at %s', (tenant) => {
  expect(blindRules(planOf(tenant, { members: FEW }))).toEqual([]);
});

test.each(['northwind', 'lakeside'])('on an ordinary day every fault has a place at %s', (tenant) => {
  const plan = planOf(tenant, { members: FEW });
  const rare = CLAIM_RULES.flatMap(({ faults }) => faults).filter(({ notEveryDay }) => notEveryDay);
  expect(rare).not.toEqual([]);
  for (const { what, of = 'claims', in: fits = () => true } of rare)
    expect([what, plan[of].some((claim) => fits(claim, plan))]).toEqual([what, true]);
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
