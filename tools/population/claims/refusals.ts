/** Why a plan pays nothing for a line, or only a part of it: codes of X12 and of the NCPDP, with our own words. */
import { worded, type Concept } from '../fhir/resource.ts';
import { hl7, X12_ADJUSTMENT_REASON } from '../fhir/systems.ts';

export type LineRefusal =
  'notCovered' | 'outOfNetwork' | 'notNecessary' | 'notApproved' | 'incomplete' | 'notCertified';

const x12 = (code: string, text: string) => worded(X12_ADJUSTMENT_REASON, code, text);
const ncpdp = (code: string, text: string) => worded(hl7('NCPDPRejectCode'), code, text);

export const ADJUSTMENT_REASONS: Readonly<Record<LineRefusal, Concept>> = {
  notCovered: x12('96', 'This charge is not covered'),
  outOfNetwork: x12('242', 'The provider is not in the network of the plan'),
  notNecessary: x12('50', 'Not deemed medically necessary by the plan'),
  notApproved: x12('197', 'The plan had not approved it before'),
  incomplete: x12('16', 'The claim lacks information'),
  // The product has no words of its own for this one: members read those of the plan.
  notCertified: x12('B7', 'The provider was not certified for this service on that day'),
};

const NO_SUCH_PRODUCT = ncpdp('70', 'The plan does not cover this product');

/** What a pharmacy hears at its counter. */
export const REJECT_REASONS: Readonly<Record<LineRefusal, Concept>> = {
  notCovered: NO_SUCH_PRODUCT,
  outOfNetwork: NO_SUCH_PRODUCT,
  incomplete: NO_SUCH_PRODUCT,
  notCertified: NO_SUCH_PRODUCT,
  notNecessary: ncpdp('76', 'More than the plan allows'),
  notApproved: ncpdp('75', 'The plan has to approve it before'),
};

/** The plan's reviewers find each of these now and then. */
const FOUND: readonly LineRefusal[] = [
  'notCovered',
  'notNecessary',
  'incomplete',
  'notCertified',
  'notApproved',
];

/** @returns why a line is refused, by its day; what the plan has approved before is not refused for want of it */
export function refusalOn(day: number, isAuthorized: boolean): LineRefusal {
  const reasons = isAuthorized ? FOUND.filter((reason) => reason !== 'notApproved') : FOUND;
  return reasons[day % reasons.length] as LineRefusal;
}
