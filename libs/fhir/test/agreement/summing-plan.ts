/** A plan that writes claims at random, and keeps the sums of its member by itself. */
import type { AddedClaim } from '../../src/agreement/claim-sums.ts';
import type { Relation } from '../../src/agreement/related-claims.ts';

const YEARS = ['2025-01-01', '2026-01-01'];
export const SUMMED_COVERAGES = ['Coverage/medical', 'Coverage/dental'];
const STEPS = 40;

/** Random numbers that a seed gives again (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export const claimConcept = (code: string) => ({ coding: [{ code }] });
export const claimMoney = (cents: number) => ({ value: cents / 100, currency: 'USD' });
export const claimNumber = (number: number) => ({ system: 'urn:claims', value: String(number) });

interface Share {
  deductible: number;
  copay: number;
  coinsurance: number;
}

export class SummingPlan {
  readonly claims: AddedClaim[] = [];
  readonly sums = new Map<string, { deductible: number; outOfPocket: number }>();
  readonly open: { claim: AddedClaim; share: Share; key: string }[] = [];
  private readonly random: (below: number) => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  step(): void {
    const { open, random } = this;
    const kinds = ['new', 'new', 'adjust', 'adjustLate', 'void', 'reverse', 'ask', 'wait'] as const;
    const kind = kinds[random(kinds.length)] ?? 'new';
    if (kind === 'new' || open.length === 0) return void this.write(this.someKey());
    if (kind === 'ask') return void this.claims.push({ ...this.bare(), use: 'preauthorization' });
    if (kind === 'wait') return void this.claims.push({ ...this.bare(), outcome: 'queued' });
    const [old] = open.splice(random(open.length), 1);
    if (!old) return;
    this.count(old.key, old.share, -1);
    // A reversal, and an adjustment that comes before the news about the first claim, leave the first one in force.
    if (kind === 'void' || kind === 'adjust') old.claim.status = 'cancelled';
    if (kind === 'reverse')
      this.claims.push({
        ...this.bare(old.key),
        ...this.totals(old.share, -1),
        related: this.named(old.claim),
      });
    if (kind === 'adjust' || kind === 'adjustLate') this.replace(old);
  }

  /** The new claim names the old one, or the old one the new one. */
  private replace({ claim, key }: { claim: AddedClaim; key: string }): void {
    const isBack = this.random(3) === 0;
    const related = isBack ? [] : this.named(claim);
    this.write(key, related);
    const later = this.claims.at(-1);
    if (isBack && later) claim.related = [...(claim.related ?? []), ...this.named(later, 'replacedby')];
  }

  /** By the number, by the Claim that it answers, or by itself. */
  private named({ id, identifier: [reference] = [], claim }: AddedClaim, code = 'prior'): Relation[] {
    const ways = [{ reference }, { claim }, { claim: { reference: `ExplanationOfBenefit/${id}` } }];
    return [{ relationship: claimConcept(code), ...ways[this.random(ways.length)] } as Relation];
  }

  private someKey = (): string => `${SUMMED_COVERAGES[this.random(2)]} ${YEARS[this.random(2)]}`;

  private write(key: string, related: Relation[] = []): void {
    const share = {
      deductible: this.random(20_000),
      copay: this.random(5_000),
      coinsurance: this.random(9_000),
    };
    this.count(key, share, 1);
    const claim = { ...this.bare(key), ...this.totals(share, 1), related };
    this.claims.push(claim);
    this.open.push({ claim, share, key });
  }

  private count(key: string, { deductible, copay, coinsurance }: Share, sign: 1 | -1): void {
    const sum = this.sums.get(key) ?? { deductible: 0, outOfPocket: 0 };
    sum.deductible += sign * deductible;
    sum.outOfPocket += sign * (deductible + copay + coinsurance);
    this.sums.set(key, sum);
  }

  private bare(key = this.someKey()): AddedClaim {
    const [reference = '', start = ''] = key.split(' ');
    const number = this.claims.length;
    return {
      resourceType: 'ExplanationOfBenefit',
      id: `claim-${number}`,
      use: 'claim',
      status: 'active',
      created: new Date(Date.UTC(2026, 0, 1 + number)).toISOString(),
      identifier: [claimNumber(number)],
      claim: { reference: `Claim/of-${number}` },
      insurance: [{ focal: true, coverage: { reference } }],
      insurer: { reference: 'Organization/plan' },
      benefitPeriod: { start, end: `${start.slice(0, 4)}-12-31` },
      ...this.totals({ deductible: 1, copay: 1, coinsurance: 1 }, 1),
    };
  }

  private totals = (share: Share, sign: 1 | -1) => ({
    total: Object.entries(share).map(([code, cents]) => ({
      category: claimConcept(code),
      amount: claimMoney(sign * cents),
    })),
  });
}

export function summingPlan(seed: number): SummingPlan {
  const plan = new SummingPlan(seed);
  for (let step = 0; step < STEPS; step += 1) plan.step();
  return plan;
}
