/**
 * Why a plan pays nothing for a line, or only a part of it: codes of X12 and of the NCPDP. X12 and the NCPDP hold rights in
 * their texts, so these words are ours: written from what a member needs to know, and not after the texts.
 */
import { worded, type Concept } from '../fhir/resource.ts';
import { hl7, X12_ADJUSTMENT_REASON } from '../fhir/systems.ts';

export type LineRefusal =
  | 'notCovered'
  | 'outOfNetwork'
  | 'notNecessary'
  | 'notApproved'
  | 'incomplete'
  | 'late'
  | 'notPayable'
  | 'overLimit'
  | 'overQuantity';

/** Why a plan rejects a fill of a drug that is on its formulary. */
export type CounterRejection = Extract<LineRefusal, 'notApproved' | 'overQuantity'>;

const x12 = (code: string, text: string) => worded(X12_ADJUSTMENT_REASON, code, text);
const ncpdp = (code: string, text: string) => worded(hl7('NCPDPRejectCode'), code, text);

/** Of a claim, and of a request. */
export const NOT_NEEDED = x12('50', 'The plan’s reviewers do not think that you need this care');

export const ADJUSTMENT_REASONS: Readonly<Record<LineRefusal, Concept>> = {
  notCovered: x12('96', 'The plan does not pay for this kind of care'),
  outOfNetwork: x12('242', 'The provider is not in the network of the plan'),
  notNecessary: NOT_NEEDED,
  notApproved: x12('197', 'The plan had not approved it before'),
  incomplete: x12('16', 'The plan could not decide from what the provider had sent'),
  late: x12('29', 'The provider sent the claim too late'),
  // The product has no words of its own for this one: members read those of the plan.
  notPayable: x12('B7', 'At that time the plan could not pay this provider for such care'),
  overLimit: x12('119', 'The most that the plan pays for this in a year is used'),
  overQuantity: x12('151', 'More than the plan allows'),
};

/** What a pharmacy hears at its counter. */
export const REJECT_REASONS: Readonly<Record<CounterRejection, Concept>> = {
  overQuantity: ncpdp('76', 'More than the plan allows'),
  notApproved: ncpdp('75', 'The plan has to approve it before'),
};

/** The plan's reviewers find each of these now and then. */
const FOUND: readonly LineRefusal[] = [
  'notCovered',
  'notNecessary',
  'incomplete',
  'notPayable',
  'notApproved',
];

/** @returns why a line is refused, by its day; what the plan has approved before is not refused for want of it */
export function refusalOn(day: number, isAuthorized: boolean): LineRefusal {
  const reasons = isAuthorized ? FOUND.filter((reason) => reason !== 'notApproved') : FOUND;
  return reasons[day % reasons.length] as LineRefusal;
}
