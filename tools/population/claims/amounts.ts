import { coded, money, worded, type Concept } from '../fhir/resource.ts';
import { carinSystem, hl7, X12_ADJUSTMENT_REASON } from '../fhir/systems.ts';
import type { Amounts, Decision } from './adjudication.ts';
import { ADJUSTMENT_REASONS } from './refusals.ts';

const ADJUDICATION = hl7('adjudication');
const C4BB_ADJUDICATION = carinSystem('C4BBAdjudication');
const NETWORK_STATUS = carinSystem('C4BBPayerAdjudicationStatus');
const DISCRIMINATOR = carinSystem('C4BBAdjudicationDiscriminator');

/** The amount categories of CARIN Blue Button, in the order in which the money goes. */
const CATEGORIES: readonly [keyof Amounts, Concept][] = [
  ['submitted', coded(ADJUDICATION, 'submitted', 'Submitted Amount')],
  ['discount', coded(C4BB_ADJUDICATION, 'discount', 'Discount')],
  ['noncovered', coded(C4BB_ADJUDICATION, 'noncovered', 'Noncovered')],
  ['eligible', coded(ADJUDICATION, 'eligible', 'Eligible Amount')],
  ['deductible', coded(ADJUDICATION, 'deductible', 'Deductible')],
  ['copay', coded(ADJUDICATION, 'copay', 'CoPay')],
  ['coinsurance', coded(C4BB_ADJUDICATION, 'coinsurance', 'Co-insurance')],
  ['priorPaid', coded(C4BB_ADJUDICATION, 'priorpayerpaid', 'Prior payer paid')],
  ['benefit', coded(ADJUDICATION, 'benefit', 'Benefit Amount')],
  ['memberLiability', coded(C4BB_ADJUDICATION, 'memberliability', 'Member liability')],
  ['paidToProvider', coded(C4BB_ADJUDICATION, 'paidtoprovider', 'Paid to provider')],
  ['paidToPatient', coded(C4BB_ADJUDICATION, 'paidtopatient', 'Paid to patient')],
];

/** Categories that are listed only when they are not zero. */
const OPTIONAL: ReadonlySet<keyof Amounts> = new Set([
  'discount',
  'noncovered',
  'deductible',
  'copay',
  'coinsurance',
  'priorPaid',
  'paidToPatient',
]);

/** `item.adjudication` or `total`: one entry per category that plays a part. Of what is open, that is the charge alone. */
export function amountEntries(amounts: Amounts, isOpen = false): object[] {
  return CATEGORIES.filter(([name]) => amounts[name] !== 0 || !(isOpen || OPTIONAL.has(name))).map(
    ([name, category]) => ({
      category,
      amount: money(amounts[name]),
    }),
  );
}

type StatusCategory = 'benefitpaymentstatus' | 'billingnetworkstatus' | 'renderingnetworkstatus';

const STATUS_CATEGORIES: Record<StatusCategory, Concept> = {
  benefitpaymentstatus: coded(DISCRIMINATOR, 'benefitpaymentstatus', 'Benefit Payment Status'),
  billingnetworkstatus: coded(DISCRIMINATOR, 'billingnetworkstatus', 'Billing Network Status'),
  renderingnetworkstatus: coded(DISCRIMINATOR, 'renderingnetworkstatus', 'Rendering Network Status'),
};
const IN_NETWORK = coded(NETWORK_STATUS, 'innetwork', 'In Network');
const OUT_OF_NETWORK = coded(NETWORK_STATUS, 'outofnetwork', 'Out Of Network');

/** The adjudication slices that carry a status instead of an amount. */
export function statusEntries(inNetwork: boolean, ...categories: StatusCategory[]): object[] {
  const reason = inNetwork ? IN_NETWORK : OUT_OF_NETWORK;
  return categories.map((name) => ({ category: STATUS_CATEGORIES[name], reason }));
}

const ALLOWED_UNITS = coded(DISCRIMINATOR, 'allowedunits', 'allowed units');

/** The entry with the units that the plan accepted: all or none; nothing, if it has not decided yet. */
export function allowedUnits({ isOpen, eligible }: Decision, quantity = 1): object[] {
  return isOpen ? [] : [{ category: ALLOWED_UNITS, value: eligible > 0 ? quantity : 0 }];
}

const ADJUSTMENT = coded(DISCRIMINATOR, 'adjustmentreason', 'Adjustment Reason');
const OVER_CONTRACT = worded(
  X12_ADJUSTMENT_REASON,
  '45',
  'The provider and the plan have agreed on a lower price',
);

const OTHER_PAID = worded(X12_ADJUSTMENT_REASON, '23', 'Another insurance has paid before');

/** Entries with the reasons why the plan does not pay all that was submitted. */
export function adjustmentEntries(...lines: readonly Decision[]): object[] {
  const refusals = new Set(lines.flatMap(({ refusal }) => refusal ?? []));
  if (refusals.size > 0)
    return [...refusals].map((refusal) => ({ category: ADJUSTMENT, reason: ADJUSTMENT_REASONS[refusal] }));
  if (lines.some(({ priorPaid }) => priorPaid > 0)) return [{ category: ADJUSTMENT, reason: OTHER_PAID }];
  return lines.some(({ discount }) => discount > 0) ? [{ category: ADJUSTMENT, reason: OVER_CONTRACT }] : [];
}

/**
 * A line of CARIN Blue Button 2.0.0 has one reason, and that is the limit. That the provider is out of the network holds for
 * the whole claim, so it stands in the header.
 */
export const headerReasons = (lines: readonly Decision[]): object[] =>
  lines.some(({ isOutOfNetworkToo }) => isOutOfNetworkToo)
    ? [{ category: ADJUSTMENT, reason: ADJUSTMENT_REASONS.outOfNetwork }]
    : [];

/** `payment.type`. */
export function paymentStatus(totals: Amounts): Concept {
  if (totals.benefit === 0 && totals.noncovered > 0) return coded(NETWORK_STATUS, 'denied', 'Denied');
  if (totals.noncovered > 0) return coded(NETWORK_STATUS, 'partiallypaid', 'Partially Paid');
  return coded(NETWORK_STATUS, 'paid', 'Paid');
}
