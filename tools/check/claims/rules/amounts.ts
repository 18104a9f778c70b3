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
  isByNetworkProvider,
  isRefusedFor,
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
const ofEachSum = (problem: (entries: readonly Entry[], claim: Claim) => string | false) =>
  ofEachClaim((claim) =>
    adjudicated(claim)
      .flatMap(([place, entries]) => {
        const found = problem(entries, claim);
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

/** What was sent too late is owed by nobody if the provider is in the network. @returns the cents of that in a part */
function writtenOff(entries: readonly Entry[], claim: Claim): number {
  const parts = entries === claim.total ? decided(claim).map(([, part]) => part) : [entries];
  const late = isByNetworkProvider(claim) ? parts.filter((part) => isRefusedFor(part, '29')) : [];
  return late.reduce((sum, part) => sum + centsFor(part, 'noncovered'), 0);
}

const hasTotal = ({ total }: Claim): boolean => total !== undefined;

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
    faults: [
      { what: 'more is charged', in: has('submitted'), plant: add('submitted', 10) },
      { what: 'a larger discount', in: has('discount'), plant: add('discount', 0.01) },
      { what: 'less is not covered', in: has('noncovered'), plant: add('noncovered', -0.01) },
    ],
  },
  {
    name: 'allowed is at most what was submitted, and no amount is negative',
    contradictions: ofEachSum((entries) =>
      entries.some(({ amount }) => cents(amount) < 0)
        ? 'a negative amount'
        : centsFor(entries, 'eligible') > centsFor(entries, 'submitted') && 'more is allowed than submitted',
    ),
    faults: [
      { what: 'more is allowed than charged', in: has('eligible'), plant: add('eligible', 100_000) },
      { what: 'a copay below nothing', in: has('copay'), plant: add('copay', -100_000) },
    ],
  },
  {
    name: 'paid and owed are what is allowed',
    contradictions: ofEachSum((entries, claim) => {
      const refused = centsFor(entries, 'noncovered') - writtenOff(entries, claim);
      const owed = centsFor(entries, 'memberliability') - refused;
      return (
        differ(
          'paid and owed',
          owed + sumOfAmounts(entries, 'benefit', 'priorpayerpaid'),
          centsFor(entries, 'eligible'),
        ) || differ('owed', sumOfAmounts(entries, ...SHARED), owed)
      );
    }),
    faults: [
      { what: 'more is paid', in: has('benefit'), plant: add('benefit', 1) },
      { what: 'more is owed', in: has('memberliability'), plant: add('memberliability', 0.01) },
      { what: 'a larger copay', in: has('copay'), plant: add('copay', 0.01) },
      {
        what: 'a late claim that the member owes',
        in: (claim) => writtenOff(firstOf(claim), claim) > 0,
        plant: add('memberliability', 1),
      },
    ],
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
    faults: [
      {
        what: 'every line bills more',
        in: hasTotal,
        plant: (claim) => {
          for (const { net } of claim.item) if (net) net.value += 1;
          return [claim];
        },
      },
      {
        what: 'a line is missing',
        in: (claim) => hasTotal(claim) && claim.item.length > 1,
        plant: (claim) => [{ ...claim, item: claim.item.slice(1) }],
      },
    ],
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
    faults: [
      { what: 'more is paid than the total says', in: has('benefit'), plant: add('benefit', 1) },
      {
        what: 'a total is missing',
        in: ({ total }) => centsFor(total, 'benefit') > 0,
        plant: (claim) => [
          {
            ...claim,
            total: (claim.total ?? []).filter(({ category }) => firstCode(category) !== 'benefit'),
          },
        ],
      },
    ],
  },
  {
    name: 'the payment is what the plan pays, and its status says how much that is',
    contradictions: ofEachClaim((claim) => {
      const { total, payment } = claim;
      if (!hasDecision(claim)) return payment && 'paid, and not decided';
      if (!total) return payment && 'paid, and nothing says how much';
      const benefit = centsFor(total, 'benefit');
      const status = firstCode(payment?.type);
      return (
        differ('payment', cents(payment?.amount), benefit) ||
        differ('paid to whom', sumOfAmounts(total, 'paidtoprovider', 'paidtopatient'), benefit) ||
        (status !== statusOf(total) && `status ${status}`)
      );
    }),
    faults: [
      {
        what: 'twice the payment',
        in: ({ payment }) => cents(payment?.amount) > 0,
        plant: (claim) => {
          if (claim.payment) claim.payment.amount.value *= 2;
          return [claim];
        },
      },
      {
        what: 'denied, and paid',
        in: ({ payment }) => cents(payment?.amount) > 0,
        plant: (claim) => {
          for (const coding of claim.payment?.type.coding ?? []) coding.code = 'denied';
          return [claim];
        },
      },
    ],
  },
];
