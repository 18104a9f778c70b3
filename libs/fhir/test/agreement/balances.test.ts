/** How the plan's balances are compared with the sums of its claims, for the report about an import. */
import { describe, expect, test } from '@jest/globals';
import { sumDifferences } from '../../src/agreement/balances.ts';
import type { AddedClaim } from '../../src/agreement/claim-sums.ts';
import type { Resource } from '../../src/resource.ts';
import { claimConcept, claimMoney } from './summing-plan.ts';

describe('a balance', () => {
  const claim = (
    id: string,
    day: string,
    deductible: number,
    used?: number,
    more: object = {},
  ): AddedClaim => ({
    resourceType: 'ExplanationOfBenefit',
    id,
    use: 'claim',
    status: 'active',
    created: day,
    identifier: [{ system: 'urn:claims', value: id }],
    insurance: [{ focal: true, coverage: { reference: 'Coverage/medical' } }],
    benefitPeriod: { start: '2026-01-01' },
    total: [{ category: claimConcept('deductible'), amount: claimMoney(deductible) }],
    ...(used !== undefined && {
      benefitBalance: [
        {
          unit: claimConcept('individual'),
          financial: [{ type: claimConcept('deductible'), usedMoney: claimMoney(used) }],
        },
      ],
    }),
    ...more,
  });
  const wheres = (...claims: AddedClaim[]) => said(claims);
  const said = (claims: AddedClaim[], ...answers: Resource[]) =>
    sumDifferences(claims, answers).map(({ id, where }) => `${id} ${where}`);

  test('that is the sum of the claims is no finding, and the newest one counts', () => {
    expect(wheres(claim('b', '2026-03-01', 50_00, 150_00), claim('a', '2026-02-01', 100_00, 100_00))).toEqual(
      [],
    );
    expect(wheres(claim('a', '2026-02-01', 100_00))).toEqual([]);
  });

  test('that knows more, or less, than the claims here is found', () => {
    expect(wheres(claim('a', '2026-02-01', 100_00, 130_00))).toEqual([
      'a benefitBalance deductible: more than its claims here',
    ]);
    expect(wheres(claim('a', '2026-02-01', 100_00), claim('b', '2026-03-01', 50_00, 50_00))).toEqual([
      'b benefitBalance deductible: less than its claims here',
    ]);
  });

  test('in the newest answer about the coverage counts the claims until its day', () => {
    const answer = (id: string, created: string, used: number): Resource => ({
      ...{ resourceType: 'CoverageEligibilityResponse', id, status: 'active', created },
      insurance: [
        {
          coverage: { reference: 'Coverage/medical' },
          benefitPeriod: { start: '2026-01-01' },
          item: [
            {
              unit: claimConcept('individual'),
              benefit: [{ type: claimConcept('deductible'), usedMoney: claimMoney(used) }],
            },
          ],
        },
      ],
    });
    const claims = [claim('a', '2026-02-01', 100_00), claim('b', '2026-03-01T09:00:00Z', 50_00)];
    const old = answer('old', '2026-02-02', 7_00);
    for (const used of [100_00, 150_00])
      expect(said(claims, answer('new', '2026-03-01', used), old)).toEqual([]);
    expect(said(claims, old, answer('new', '2026-03-02', 100_00))).toEqual([
      'new insurance.item.benefit deductible: less than its claims here',
    ]);
    expect(said(claims, answer('new', '2026-02-28', 150_00))).toEqual([
      'new insurance.item.benefit deductible: more than its claims here',
    ]);
  });

  test('that is more than the claims is no finding where one of them does not say all', () => {
    const basis = claim('basis', '2026-01-15', 0, undefined, { total: [] });
    expect(wheres(basis, claim('a', '2026-02-01', 100_00, 130_00))).toEqual([]);
    expect(wheres(basis, claim('a', '2026-02-01', 100_00), claim('b', '2026-03-01', 50_00, 50_00))).toEqual([
      'b benefitBalance deductible: less than its claims here',
    ]);
    const withTotal = (code: string) =>
      claim('basis', '2026-01-15', 0, undefined, {
        total: [{ category: claimConcept(code), amount: claimMoney(200_00) }],
      });
    // What the plan paid says nothing of the member's parts, and neither does what she owes without its parts.
    for (const code of ['submitted', 'benefit', 'paidtoprovider', 'noncovered', 'memberliability'])
      expect(wheres(withTotal(code), claim('a', '2026-02-01', 100_00, 130_00))).toEqual([]);
    expect(wheres(withTotal('copay'), claim('a', '2026-02-01', 100_00, 130_00))).toEqual([
      'a benefitBalance deductible: more than its claims here',
    ]);
  });

  test('of the family is compared with nothing', () => {
    const family = claim('a', '2026-02-01', 100_00, 900_00);
    for (const balance of family.benefitBalance ?? []) balance.unit = claimConcept('family');
    expect(wheres(family)).toEqual([]);
  });
});
