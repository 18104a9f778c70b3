/** Rules about the money of a claim. */
import { adjudicated, amountOf, type Claim, cents, firstCode, type Entry, sumOfAmounts } from '../claim.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';

const SHARED = ['deductible', 'copay', 'coinsurance'] as const;

/** Categories of which a claim's total is the sum of its lines. */
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

/** Holds for each line and for the whole claim. */
const ofEachSum = (problem: (entries: readonly Entry[]) => string | false) =>
  ofEachClaim((claim) =>
    adjudicated(claim)
      .flatMap(([place, entries]) => {
        const found = problem(entries);
        return found ? [`${place}: ${found}`] : [];
      })
      .join('; '),
  );

const differ = (what: string, left: number, right: number) =>
  left !== right && `${what}: ${left}, not ${right} cents`;

/** Adds to an amount of the first line. */
const add =
  (category: string, more: number) =>
  (claim: Claim): Claim[] => {
    for (const { category: of, amount } of claim.item[0]?.adjudication ?? [])
      if (amount && firstCode(of) === category) amount.value += more;
    return [claim];
  };

const has = (category: string) => (claim: Claim) => amountOf(claim.item[0]?.adjudication ?? [], category) > 0;

const statusOf = (total: readonly Entry[]): string => {
  const [benefit, noncovered] = [amountOf(total, 'benefit'), amountOf(total, 'noncovered')];
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
        amountOf(entries, 'submitted'),
      ),
    ),
    fault: { in: has('submitted'), plant: add('submitted', 10) },
  },
  {
    name: 'allowed is at most what was submitted, and no amount is negative',
    contradictions: ofEachSum((entries) =>
      entries.some(({ amount }) => cents(amount) < 0)
        ? 'a negative amount'
        : amountOf(entries, 'eligible') > amountOf(entries, 'submitted') && 'more is allowed than submitted',
    ),
    fault: { in: has('eligible'), plant: add('eligible', 100_000) },
  },
  {
    name: 'paid and owed are what is allowed',
    contradictions: ofEachSum((entries) => {
      const owed = amountOf(entries, 'memberliability') - amountOf(entries, 'noncovered');
      return (
        differ(
          'paid and owed',
          owed + sumOfAmounts(entries, 'benefit', 'priorpayerpaid'),
          amountOf(entries, 'eligible'),
        ) || differ('owed', sumOfAmounts(entries, ...SHARED), owed)
      );
    }),
    fault: { in: has('benefit'), plant: add('benefit', 1) },
  },
  {
    name: 'a line bills what it submitted',
    contradictions: ofEachClaim(({ item }) =>
      item
        .flatMap(({ sequence, net, adjudication }) =>
          cents(net) === amountOf(adjudication, 'submitted') ? [] : [`line ${sequence}`],
        )
        .join(),
    ),
    fault: {
      plant: (claim) => {
        for (const { net } of claim.item) net.value += 1;
        return [claim];
      },
    },
  },
  {
    name: 'a total is the sum of the lines',
    contradictions: ofEachClaim(({ item, total }) =>
      ADDED.filter(
        (category) =>
          amountOf(total, category) !==
          item.reduce((sum, { adjudication }) => sum + amountOf(adjudication, category), 0),
      ).join(', '),
    ),
    fault: { in: has('benefit'), plant: add('benefit', 1) },
  },
  {
    name: 'the payment is what the plan pays, and its status says how much that is',
    contradictions: ofEachClaim(({ total, payment, outcome }) => {
      if (outcome !== 'complete' && outcome !== 'partial') return payment && 'paid before it was decided';
      const benefit = amountOf(total, 'benefit');
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
