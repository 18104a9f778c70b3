/** What claims add up to, however a plan gets there: adjusted, voided, reversed, late, and of another year. */
import { describe, expect, test } from '@jest/globals';
import { addedBalance } from '../../src/agreement/current-balance.ts';
import { type AddedClaim, periodsOf, sumOf } from '../../src/agreement/claim-sums.ts';
import {
  claimConcept,
  claimMoney,
  claimNumber,
  SUMMED_COVERAGES,
  type SummingPlan,
  summingPlan,
} from './summing-plan.ts';

const SEEDS = 300;
const FEW_SEEDS = 60;

test('the sums are those that the plan kept, in whatever order the claims came', () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { claims, sums } = summingPlan(seed);
    const inAnyOrder = [...claims].sort((a, b) => ((a.id.length * 7 + seed) % 5) - ((b.id.length * 3) % 5));
    const periods = periodsOf(inAnyOrder);
    for (const [key, sum] of sums)
      expect([seed, key, sumOf(periods.get(key) ?? [])]).toEqual([seed, key, sum]);
  }
});

describe('the balance that is added up', () => {
  const asked = (about: string) => ({ about, member: 'Patient/anna', at: new Date('2026-11-28T12:00:00Z') });
  const complete = { since: '2026-01-01', upTo: '2026-11-27T02:00:00.000Z' };
  const isWaiting = ({ outcome }: AddedClaim) => outcome === 'queued';
  const keyOf = ({ insurance: [first] = [], benefitPeriod }: AddedClaim) =>
    `${first?.coverage?.reference} ${benefitPeriod?.start}`;
  const centsOf = (balance: object | undefined) => {
    const { insurance } = balance as {
      insurance: { item: { benefit: { usedMoney: { value: number } }[] }[] }[];
    };
    const [deductible, outOfPocket] = insurance[0]?.item[0]?.benefit ?? [];
    const cents = (used?: { usedMoney: { value: number } }) =>
      Math.round((used?.usedMoney.value ?? -1) * 100);
    return { deductible: cents(deductible), outOfPocket: cents(outOfPocket) };
  };

  test('is what the plan kept for the year that runs and this coverage, and is missing while a claim waits', () => {
    let compared = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { claims, sums } = summingPlan(seed);
      const inAnyOrder = [...claims].sort((a, b) => ((a.id.length * 7 + seed) % 5) - ((b.id.length * 3) % 5));
      const decided = inAnyOrder.filter((claim) => !isWaiting(claim));
      for (const about of SUMMED_COVERAGES) {
        const key = `${about} 2026-01-01`;
        const counted = periodsOf(decided).get(key);
        const balance = addedBalance(decided, asked(about), complete);
        expect([seed, balance === undefined]).toEqual([seed, counted === undefined]);
        if (counted) expect([seed, centsOf(balance)]).toEqual([seed, sums.get(key)]);
        if (claims.some((claim) => isWaiting(claim) && keyOf(claim) === key))
          expect([seed, addedBalance(inAnyOrder, asked(about), complete)]).toEqual([seed, undefined]);
        compared += counted ? 1 : 0;
      }
    }
    expect(compared).toBeGreaterThan(SEEDS);
  });

  type Where = (claim: AddedClaim, plan: SummingPlan) => boolean;
  const isRelated = ({ use, related = [] }: AddedClaim) => use === 'claim' && related.length > 0;
  const isReversal = ({ total = [] }: AddedClaim) => total.some(({ amount }) => Number(amount?.value) < 0);
  /** Does the plan still count it, for the medical coverage? */
  const isOpen: Where = (of, { open }) =>
    open.some(({ claim, key }) => claim === of && key.startsWith('Coverage/medical'));
  const isNow: Where = (claim, plan) => isOpen(claim, plan) && keyOf(claim).endsWith('2026-01-01');
  const TWINS = ['a', 'b'].map((id): AddedClaim => {
    const identifier = [claimNumber(-1)];
    return { resourceType: 'ExplanationOfBenefit', id, use: 'claim', status: 'cancelled', identifier };
  });
  const prior = (number: number) => [{ relationship: claimConcept('prior'), reference: claimNumber(number) }];
  const OWED = [{ category: claimConcept('deductible'), amount: claimMoney(1) }];
  const LINE = { adjudication: OWED };
  const CHARGE = [{ category: claimConcept('submitted'), amount: claimMoney(200_00) }];
  type Lacking = [what: string, where: Where, less: (claim: AddedClaim) => object];
  const LACKING: readonly Lacking[] = [
    ['a claim that is here', isRelated, () => ({ related: prior(-2) })],
    ['which of two claims', isRelated, () => ({ related: prior(-1) })],
    [
      'how it is related',
      isRelated,
      ({ related }) => ({ related: related?.map(({ relationship: _, ...of }) => of) }),
    ],
    ['what it takes back', isReversal, () => ({ related: [] })],
    ['that it takes back all', isReversal, ({ total }) => ({ total: total?.slice(1) })],
    [
      'when its period ends',
      isOpen,
      ({ benefitPeriod }) => ({ benefitPeriod: { start: benefitPeriod?.start } }),
    ],
    [
      'when its period begins',
      isOpen,
      ({ benefitPeriod }) => ({ benefitPeriod: { end: benefitPeriod?.end } }),
    ],
    ['a sum once', isNow, ({ total = [] }) => ({ total: [...total, ...total.slice(1, 2)] })],
    [
      'how much a sum is',
      isNow,
      ({ total = [] }) => ({ total: total.map(({ category }) => ({ category })) }),
    ],
    ['a sum of the claim', isNow, ({ total = [] }) => ({ total: total.slice(1), adjudication: OWED })],
    [
      'a sum of its lines',
      isNow,
      ({ total = [] }) => ({ total: total.slice(1), item: [{ detail: [LINE] }] }),
    ],
    ['any amount', isNow, () => ({ total: [] })],
    ['more than the charge', isNow, () => ({ total: CHARGE })],
    [
      'for what a part is owed',
      isNow,
      ({ total = [] }) => ({
        total: [...total, { category: claimConcept('memberliability'), amount: claimMoney(999_99) }],
      }),
    ],
    ['one period', isOpen, () => ({ benefitPeriod: { start: '2026-03-01', end: '2026-05-31' } })],
  ];

  test.each(LACKING)('is missing where one claim does not say: %s', (_what, where, less) => {
    let compared = 0;
    for (let seed = 1; seed <= FEW_SEEDS; seed += 1) {
      const plan = summingPlan(seed);
      const claims = [...plan.claims.filter((claim) => !isWaiting(claim)), ...TWINS];
      const lacking = claims.find((claim) => where(claim, plan));
      const said = (all: AddedClaim[]) => addedBalance(all, asked('Coverage/medical'), complete);
      if (!lacking || !said(claims)) continue;
      const others = claims.filter((claim) => claim !== lacking);
      expect([seed, said([...others, { ...lacking, ...less(lacking) }])]).toEqual([seed, undefined]);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(FEW_SEEDS / 6);
  });

  const ofMedical = {
    status: 'active',
    insurance: [{ coverage: { reference: 'Coverage/medical' } }],
    benefitPeriod: { start: '2026-01-01', end: '2026-12-31' },
  };
  const whole = summingPlan(1)
    .claims.filter((claim) => claim.use === 'claim' && !isWaiting(claim) && !claim.related?.length)
    .map((claim) => ({ ...claim, ...ofMedical }));
  const added = (claims: AddedClaim[], change = {}, since = complete.since) =>
    addedBalance(claims, { ...asked('Coverage/medical'), ...change }, { ...complete, since });
  const changed = (change: object) => added(whole.map((claim) => ({ ...claim, ...change })));

  test('says that it is computed, from how many claims, and as of when', () => {
    expect(added(whole)).toMatchObject({
      meta: { security: [{ code: 'AGGRED' }] },
      created: complete.upTo,
      outcome: 'complete',
      disposition: expect.stringMatching(/number of claims: \d+.*not the plan’s own.*No es la cifra/),
      patient: { reference: 'Patient/anna' },
      insurance: [{ benefitPeriod: { start: '2026-01-01', end: '2026-12-31' } }],
    });
    expect(added(whole)).not.toHaveProperty('id');
  });

  test('is missing where the claims do not say enough', () => {
    expect(
      changed({ item: [{ adjudication: [{ category: claimConcept('copay'), amount: claimMoney(0) }] }] }),
    ).toEqual(added(whole));
    expect(added(whole, {}, '2026-01-02')).toBeUndefined();
    expect(added(whole, { at: new Date('2027-01-01T00:00:00Z') })).toBeUndefined();
    expect(added(whole, { about: 'Coverage/vision' })).toBeUndefined();
    expect(added([])).toBeUndefined();
    for (const change of [
      { benefitPeriod: undefined },
      { benefitPeriod: { start: '2026-01-01' } },
      { insurance: undefined },
      { insurance: [{ coverage: { reference: 'https://elsewhere.example/Coverage/medical' } }] },
      { outcome: 'partial' },
      { total: [] },
      { total: CHARGE },
    ])
      expect([change, changed(change)]).toEqual([change, undefined]);
    const [first, ...others] = whole;
    const other = { ...first, benefitPeriod: { start: '2026-07-01', end: '2027-06-30' } } as AddedClaim;
    expect(added([other, ...others])).toBeUndefined();
  });

  const sums = (dollars: Record<string, number>) => ({
    total: Object.entries(dollars).map(([code, amount]) => ({
      category: claimConcept(code),
      amount: claimMoney(amount * 100),
    })),
  });

  test.each<Record<string, number>>([
    { benefit: 100 },
    { benefit: 0 },
    { paidtoprovider: 100 },
    { paidtopatient: 0 },
    { noncovered: 200 },
  ])(
    'is missing where a claim says what the plan paid or did not cover, and not what is owed: %j',
    (said) => {
      expect(changed(sums({ submitted: 200, ...said }))).toBeUndefined();
    },
  );

  test.each<Record<string, number>>([
    { deductible: 20, memberliability: 20, noncovered: 79 },
    { deductible: 20, memberliability: 99, noncovered: 79 },
    { deductible: 20, noncovered: 79 },
  ])('counts the parts of what is owed, with and without what is not covered: %j', (said) => {
    const cents = 20_00 * whole.length;
    expect(centsOf(changed(sums(said)))).toEqual({ deductible: cents, outOfPocket: cents });
  });

  test.each<Record<string, number>>([
    { deductible: 20, memberliability: 50, noncovered: 79 },
    { memberliability: 50, noncovered: 79 },
    { memberliability: 200 },
    // CARIN's own EOBInpatient2
    { submitted: 7147.2, deductible: 0, copay: 120, noncovered: 0, benefit: 1393.57, memberliability: 0 },
  ])('is missing where what is owed is not the sum of its parts: %j', (said) => {
    expect(changed(sums(said))).toBeUndefined();
  });

  test.each<Record<string, number>>([
    { memberliability: 0 },
    { deductible: 0 },
    { copay: 0 },
    { coinsurance: 0 },
  ])('has nothing for a part that no total and no line has: %j', (said) => {
    const balance = changed(sums({ submitted: 200, benefit: 200, ...said }));
    expect(centsOf(balance)).toEqual({ deductible: 0, outOfPocket: 0 });
  });
});
