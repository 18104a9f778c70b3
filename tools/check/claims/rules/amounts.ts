/** Rules about the money of a claim. */
import {
  adjudicated,
  centsFor,
  type Claim,
  cents,
  decided,
  firstCode,
  type Entry,
  hasDecision,
  sumOfAmounts,
} from '../claim.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';

const SHARED = ['deductible', 'copay', 'coinsurance'] as const;

/** Categories of which a claim's total is the sum of what was decided. */
const ADDED = [
  'submitted',
  'discount',
  'noncovered',
  'eligible',
  ...SHARED,
  'priorpayerpaid',
  'benefit',
  'memberliability',
  'paidtoprovider',
  'paidtopatient',
] as const;

/** Holds for each part that was decided, and for the total. */
const ofEachSum = (problem: (entries: readonly Entry[]) => string | false) =>
  ofEachClaim((claim) =>
    adjudicated(claim)
      .flatMap(([place, entries]) => {
        const found = problem(entries);
        return found ? [`${place}: ${found}`] : [];
      })
      .join('; '),
  );

const firstOf = (claim: Claim): readonly Entry[] => decided(claim)[0]?.[1] ?? [];

const differ = (what: string, left: number, right: number) =>
  left !== right && `${what}: ${left}, not ${right} cents`;

/** Adds to an amount of what was decided first. */
const add =
  (category: string, more: number) =>
  (claim: Claim): Claim[] => {
    for (const { category: of, amount } of firstOf(claim))
      if (amount && firstCode(of) === category) amount.value += more;
    return [claim];
  };

const has = (category: string) => (claim: Claim) => centsFor(firstOf(claim), category) > 0;

const statusOf = (total: readonly Entry[]): string => {
  const [benefit, noncovered] = [centsFor(total, 'benefit'), centsFor(total, 'noncovered')];
  if (noncovered === 0) return 'paid';
  return benefit === 0 ? 'denied' : 'partiallypaid';
};

export const AMOUNT_RULES: readonly ClaimRule[] = [
  {
    name: 'a charge is discount, what is not covered, and what is allowed',
    contradictions: ofEachSum((entries) =>
      differ(
        'charge',
        sumOfAmounts(entries, 'discount', 'noncovered', 'eligible'),
        centsFor(entries, 'submitted'),
      ),
    ),
    fault: { in: has('submitted'), plant: add('submitted', 10) },
  },
  {
    name: 'allowed is at most what was submitted, and no amount is negative',
    contradictions: ofEachSum((entries) =>
      entries.some(({ amount }) => cents(amount) < 0)
        ? 'a negative amount'
        : centsFor(entries, 'eligible') > centsFor(entries, 'submitted') && 'more is allowed than submitted',
    ),
    fault: { in: has('eligible'), plant: add('eligible', 100_000) },
  },
  {
    name: 'paid and owed are what is allowed',
    contradictions: ofEachSum((entries) => {
      const owed = centsFor(entries, 'memberliability') - centsFor(entries, 'noncovered');
      return (
        differ(
          'paid and owed',
          owed + sumOfAmounts(entries, 'benefit', 'priorpayerpaid'),
          centsFor(entries, 'eligible'),
        ) || differ('owed', sumOfAmounts(entries, ...SHARED), owed)
      );
    }),
    fault: { in: has('benefit'), plant: add('benefit', 1) },
  },
  {
    name: 'a line bills what it submitted, and all lines together what the claim did',
    contradictions: ofEachClaim(({ item, total }) => {
      const wrong = item.filter(
        ({ net, adjudication }) => adjudication && cents(net) !== centsFor(adjudication, 'submitted'),
      );
      const billed = item.reduce((sum, { net }) => sum + cents(net), 0);
      return (
        wrong.map(({ sequence }) => `line ${sequence}`).join() ||
        differ('lines', billed, centsFor(total, 'submitted'))
      );
    }),
    fault: {
      plant: (claim) => {
        for (const { net } of claim.item) net.value += 1;
        return [claim];
      },
    },
  },
  {
    name: 'a total is the sum of what was decided',
    contradictions: ofEachClaim((claim) =>
      ADDED.filter(
        (category) =>
          centsFor(claim.total, category) !==
          decided(claim).reduce((sum, [, entries]) => sum + centsFor(entries, category), 0),
      ).join(', '),
    ),
    fault: { in: has('benefit'), plant: add('benefit', 1) },
  },
  {
    name: 'the payment is what the plan pays, and its status says how much that is',
    contradictions: ofEachClaim((claim) => {
      const { total, payment } = claim;
      if (!hasDecision(claim)) return payment && 'paid, and not decided';
      const benefit = centsFor(total, 'benefit');
      const status = firstCode(payment?.type);
      return (
        differ('payment', cents(payment?.amount), benefit) ||
        differ('paid to whom', sumOfAmounts(total, 'paidtoprovider', 'paidtopatient'), benefit) ||
        (status !== statusOf(total) && `status ${status}`)
      );
    }),
    fault: {
      in: ({ payment }) => cents(payment?.amount) > 0,
      plant: (claim) => {
        if (claim.payment) claim.payment.amount.value *= 2;
        return [claim];
      },
    },
  },
];
