import { describe, expect, test } from '@jest/globals';
import { population, type SyntheticResource } from '../index.ts';

interface Entry {
  category: { coding: [{ code: string }] };
  amount?: { value: number };
}
type Explanation = SyntheticResource & {
  use: string;
  status: string;
  outcome: string;
  processNote?: { language?: object }[];
  patient: { reference: string };
  billablePeriod: { start: string };
  item: { adjudication?: Entry[]; net?: { value: number } }[];
  adjudication?: Entry[];
  /** left out: the claim has no amounts */
  total?: Entry[];
  payment?: { amount: { value: number } };
  insurance: { focal: boolean; coverage: { reference?: string } }[];
  payee: { type: { coding: [{ code: string }] }; party: { reference: string } };
  meta: { profile: string[] };
  related?: { reference: { value: string } }[];
  identifier: { value: string }[];
};

const all = [...population({ tenant: 'lakeside', members: 60 })];
const explanations = all.filter(
  ({ resourceType }) => resourceType === 'ExplanationOfBenefit',
) as Explanation[];
const claims = explanations.filter(({ use }) => use === 'claim');

/** The amounts of the claim as a whole, or else of each line. */
const decided = ({ item, adjudication: header = [] }: Explanation): Entry[][] =>
  header.some(({ amount }) => amount) ? [header] : item.map(({ adjudication = [] }) => adjudication);

/** Cents per category; two entries of one category would be a mistake. */
function centsOf(entries: readonly Entry[]): Record<string, number> {
  const amounts = entries.filter(({ amount }) => amount !== undefined);
  const codes = amounts.map(({ category }) => category.coding[0].code);
  expect(new Set(codes).size).toBe(codes.length);
  return Object.fromEntries(
    amounts.map(({ amount }, i) => [codes[i], Math.round((amount?.value ?? NaN) * 100)]),
  );
}

/** A provider of the network may not bill what it sent too late: it is refused, and nobody owes it. */
const isWrittenOff = (claim: Explanation): boolean =>
  JSON.stringify(claim).includes('"innetwork"') &&
  /claim-adjustment-reason-codes","code":"29"/.test(JSON.stringify(claim));

function expectBalanced(cents: Record<string, number>, refused = cents['noncovered'] ?? 0): void {
  const of = (name: string): number => cents[name] ?? 0;
  const shared = of('deductible') + of('copay') + of('coinsurance');
  expect(of('submitted')).toBe(of('discount') + of('noncovered') + of('eligible'));
  expect(of('eligible')).toBe(shared + of('priorpayerpaid') + of('benefit'));
  expect(of('memberliability')).toBe(shared + refused);
  expect(of('benefit')).toBe(of('paidtoprovider') + of('paidtopatient'));
  expect(Object.values(cents).every((value) => value >= 0)).toBe(true);
}

describe('every claim adds up', () => {
  test('line by line and in total', () => {
    for (const claim of claims) {
      const parts = decided(claim).map(centsOf);
      const sums = parts.filter(({ eligible }) => eligible !== undefined);
      if (claim.payment && claim.outcome === 'complete') sums.push(centsOf(claim.total ?? []));
      for (const sum of sums) expectBalanced(sum, isWrittenOff(claim) ? 0 : sum['noncovered']);
    }
  });

  test('a total is the sum of the lines, or of what was decided as a whole, and the payment is what was paid', () => {
    for (const claim of claims) {
      const { total = [], payment } = claim;
      const totals = centsOf(total);
      const parts = decided(claim).map(centsOf);
      const categories = new Set([...Object.keys(totals), ...parts.flatMap((part) => Object.keys(part))]);
      for (const name of categories) {
        expect(parts.reduce((sum, part) => sum + (part[name] ?? 0), 0)).toBe(totals[name] ?? 0);
      }
      expect(payment && Math.round(payment.amount.value * 100)).toBe(totals['benefit']);
    }
  });

  test('every line bills what it submitted', () => {
    const lines = claims.filter(({ total }) => total).flatMap(({ item }) => item);
    const wrong = lines.filter(
      ({ net, adjudication }) =>
        adjudication && Math.round((net?.value ?? NaN) * 100) !== centsOf(adjudication)['submitted'],
    );
    expect(wrong).toEqual([]);
  });
});

describe('claims', () => {
  test('are of all six kinds, with prior authorizations', () => {
    const profiles = new Set(
      explanations.map(({ meta }) => meta.profile[0]?.split('StructureDefinition/')[1]),
    );
    expect([...profiles].sort()).toEqual([
      'C4BB-ExplanationOfBenefit-Inpatient-Institutional|2.0.0',
      'C4BB-ExplanationOfBenefit-Oral|2.0.0',
      'C4BB-ExplanationOfBenefit-Outpatient-Institutional|2.0.0',
      'C4BB-ExplanationOfBenefit-Pharmacy|2.0.0',
      'C4BB-ExplanationOfBenefit-Professional-NonClinician-Basis|2.2.0',
      'C4BB-ExplanationOfBenefit-Professional-NonClinician|2.0.0',
      'pdex-priorauthorization|2.0.0',
    ]);
  });

  test('name the coverage in force on the day of service', () => {
    const coverages = new Map(all.map((made) => [`${made.resourceType}/${made.id}`, made]));
    const wrong = explanations.filter(({ insurance, billablePeriod, patient }) => {
      const coverage = coverages.get(
        insurance.find(({ focal }) => focal)?.coverage.reference ?? '',
      ) as SyntheticResource & {
        period: { start: string; end?: string };
        beneficiary: { reference: string };
      };
      const { start, end = '9999' } = coverage.period;
      const isHeld = start <= billablePeriod.start && billablePeriod.start <= end;
      return !isHeld || coverage.beneficiary.reference !== patient.reference;
    });
    expect(wrong).toEqual([]);
  });

  test('out of network refund the subscriber, also for the care of a dependant', () => {
    const refunds = claims.filter(({ payee }) => payee.type.coding[0].code === 'subscriber');
    expect(refunds.length).toBeGreaterThan(0);
    expect(refunds.some(({ payee, patient }) => payee.party.reference !== patient.reference)).toBe(true);
  });

  test('out of network refund the representative of a member who has died', () => {
    const toOthers = claims.filter(({ payee }) => payee.type.coding[0].code === 'other');
    expect(toOthers.length).toBeGreaterThan(0);
    const { reference } = toOthers[0]?.payee.party ?? {};
    const representative = all.find(({ resourceType, id }) => `${resourceType}/${id}` === reference);
    expect(representative).toMatchObject({ resourceType: 'RelatedPerson', patient: toOthers[0]?.patient });
  });

  test.each<[string, (claim: Explanation) => unknown]>([
    ['wait', ({ outcome }) => outcome === 'queued'],
    ['are decided in part', ({ outcome }) => outcome === 'partial'],
    ['were taken back', ({ status, related }) => status === 'cancelled' && !related],
    ['were decided again after an appeal', ({ related, processNote = [] }) => related && processNote[1]],
    ['came too late, so that nobody owes anything', isWrittenOff],
    ['have no amounts', ({ total }) => !total],
    ['another insurance paid before', ({ total = [] }) => JSON.stringify(total).includes('priorpayerpaid')],
    ['follow a transfer', (claim) => JSON.stringify(claim).includes('PointOfOrigin","code":"4"')],
    ['name who operated', (claim) => JSON.stringify(claim).includes('"operating"')],
  ])('of which some %s', (_, fits) => {
    expect(claims.filter(fits).length).toBeGreaterThan(0);
  });

  test('that were corrected name each other', () => {
    const numbers = new Map(claims.map((claim) => [claim.identifier[0]?.value, claim]));
    const replaced = claims.filter(({ status, related }) => status === 'cancelled' && related);
    expect(replaced.length).toBeGreaterThan(0);
    for (const earlier of replaced) {
      const later = numbers.get(earlier.related?.[0]?.reference.value);
      expect(later?.status).toBe('active');
      expect(later?.related?.[0]?.reference.value).toBe(earlier.identifier[0]?.value);
    }
  });
});
