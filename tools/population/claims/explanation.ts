import { spanOn } from '../coverage/enrollment.ts';
import type { YearlyLimit } from '../coverage/benefits.ts';
import type { Line } from '../coverage/product.ts';
import { isoDate, isoInstant, yearOf } from '../fhir/dates.ts';
import {
  c4bb,
  c4bbBasis,
  coded,
  codedConcept,
  meta,
  money,
  referenceTo,
  type Concept,
  type Reference,
  type SyntheticResource,
  type Sensitivity,
} from '../fhir/resource.ts';
import { carinSystem, hl7, nubc } from '../fhir/systems.ts';
import { fullName } from '../people/families.ts';
import { representativeReference } from '../people/related-person.ts';
import { memberId, patientId, type Scope } from '../scope.ts';
import { type Amounts, type Decision, totalsOf } from './adjudication.ts';
import { claimNotes, type ClaimNote } from './notes.ts';
import { adjustmentEntries, amountEntries, headerReasons, paymentStatus } from './amounts.ts';
import { otherInsuranceOn } from './ledger.ts';
import { information } from './parts.ts';

const PAYMENT_DAYS = 7;
/** Note 1 stands on every line the plan refused. */
const REFUSAL_NOTE = 1;

/** One of the states of a claim, as the plan keeps it. */
interface Version {
  status: 'active' | 'cancelled';
  number: string;
  /** the day on which the plan decided, or had the claim if it has not decided yet */
  decidedDay: number;
  related?: readonly [Concept, string];
  isReplacement?: boolean;
  note?: ClaimNote;
}

/** One adjudicated line: the element `item` up to `adjudication`, its entries and its amounts. */
export interface AdjudicatedItem {
  item: object;
  statuses: (amounts: Decision) => readonly object[];
  amounts: Decision;
  limit?: YearlyLimit;
}

/** What differs from one kind of claim to the next; everything else is the same for all. */
export interface ClaimFacts {
  key: string;
  profile: string;
  type: Concept;
  subType?: Concept;
  line: Line;
  startDay: number;
  endDay: number;
  provider: Reference;
  facility?: Reference;
  prescription?: Reference;
  inNetwork: boolean;
  authorizationNumber?: string;
  careTeam: readonly object[];
  /** Of a hospital's claim: the type of bill without its last digit, which says what the claim is to one before it. */
  bill?: string;
  /** Without `sequence`, which is the place in the list. */
  supportingInfo: readonly object[];
  diagnosis: readonly object[];
  procedure?: readonly object[];
  items: readonly AdjudicatedItem[];
  headerStatuses: readonly object[];
  /** Of a hospital's claim: was it decided as a whole, in the header, and not line by line? CARIN wants one of the two. */
  asWhole?: boolean;
  /** The plan got the claim so many days later than usual. */
  lateDays?: number;
  /** The plan pays for it together with other care: the claim names a profile without amounts, and says none. */
  isBundled?: boolean;
  /** The claim replaced an earlier one; others do by chance. */
  corrected?: boolean;
  /** A pharmacy hears the decision at its counter. */
  isAtCounter?: boolean;
  sensitivity?: Sensitivity;
}

/** @returns one version of the claim as a resource */
export function versionOf(scope: Scope, claim: ClaimFacts, version: Version): SyntheticResource {
  return {
    resourceType: 'ExplanationOfBenefit',
    id: memberId(scope, 'ExplanationOfBenefit', claim.key),
    meta: meta([profileOf(claim)], version.decidedDay, claim.sensitivity),
    ...header(scope, claim, version),
    careTeam: claim.careTeam,
    supportingInfo: [...claim.supportingInfo, ...typeOfBill(claim, version)].map((info, index) => ({
      sequence: index + 1,
      ...info,
    })),
    ...(claim.diagnosis.length > 0 && { diagnosis: claim.diagnosis }),
    ...(claim.procedure && { procedure: claim.procedure }),
    ...settlement(scope, claim, version),
  };
}

const profileOf = ({ profile, isBundled }: ClaimFacts): string =>
  isBundled ? c4bbBasis(profile) : c4bb(profile);

/** The last digit of the type of bill (NUBC): the first claim about the care, or one that replaces another. */
function typeOfBill({ bill }: ClaimFacts, { isReplacement = false }: Version): object[] {
  if (bill === undefined) return [];
  const code = codedConcept(nubc('TypeOfBill'), `${bill}${isReplacement ? '7' : '1'}`);
  return [information('typeofbill', 'Type of Bill', { code })];
}

function header(scope: Scope, claim: ClaimFacts, version: Version): object {
  const { tenant, directory } = scope;
  const numberSystem = `${tenant.base}/claim-number`;
  return {
    identifier: [
      {
        type: coded(carinSystem('C4BBIdentifierType'), 'uc', 'Unique Claim ID'),
        system: numberSystem,
        value: version.number,
      },
    ],
    status: version.status,
    type: claim.type,
    ...(claim.subType && { subType: claim.subType }),
    use: 'claim',
    patient: scope.patient,
    billablePeriod: { start: isoDate(claim.startDay), end: isoDate(claim.endDay) },
    created: isoInstant(version.decidedDay, 540),
    insurer: directory.payer,
    provider: claim.provider,
    priority: coded(hl7('processpriority'), 'normal', 'Normal'),
    ...(version.related && {
      related: [
        { relationship: version.related[0], reference: { system: numberSystem, value: version.related[1] } },
      ],
    }),
    ...(claim.prescription && { prescription: claim.prescription }),
    payee: payeeOf(scope, claim),
    ...(claim.facility && { facility: claim.facility }),
    ...outcomeOf(claim, version),
    ...(claim.authorizationNumber && { preAuthRef: [claim.authorizationNumber] }),
  };
}

/** Nothing of the claim is decided. */
export const isWaiting = ({ items }: ClaimFacts): boolean => items.every(({ amounts }) => amounts.isOpen);

function outcomeOf(claim: ClaimFacts, { status }: Version): object {
  if (status === 'cancelled' && isWaiting(claim))
    return { outcome: 'complete', disposition: 'The provider took the claim back.' };
  if (isWaiting(claim)) return { outcome: 'queued', disposition: 'Not decided yet.' };
  if (claim.items.some(({ amounts }) => amounts.isOpen))
    return { outcome: 'partial', disposition: 'A part is decided. The rest is under review.' };
  return {
    outcome: 'complete',
    disposition: 'Processed according to the benefits in force on the date of service.',
  };
}

/**
 * The provider is paid; out of network the plan refunds the subscriber, also for a dependant's care. The representative
 * gets what was paid for a member who has died.
 */
function payeeOf(scope: Scope, claim: ClaimFacts): object {
  if (claim.inNetwork)
    return { type: coded(hl7('payeetype'), 'provider', 'Provider'), party: claim.provider };
  const { member, subscriber, tenant } = scope;
  if (member.deathDay !== undefined)
    return { type: coded(hl7('payeetype'), 'other', 'Other'), party: representativeReference(scope) };
  const party = referenceTo('Patient', patientId(tenant, subscriber), fullName(subscriber));
  return { type: coded(hl7('payeetype'), 'subscriber', 'Subscriber'), party };
}

/** In the order in which they pay (R4). CARIN names another insurance by its name alone. */
function insurancesOf(scope: Scope, { line, startDay }: ClaimFacts): object[] {
  const { coverageId, plan } = spanOn(scope.enrollment, line, startDay);
  const own = { focal: true, coverage: referenceTo('Coverage', coverageId, plan.name) };
  const other = otherInsuranceOn(scope, line, startDay);
  if (!other) return [own];
  const second = { focal: false, coverage: { display: other.name } };
  return other.isFirst ? [second, own] : [own, second];
}

function settlement(scope: Scope, claim: ClaimFacts, version: Version): object {
  const totals = totalsOf(claim.items.map(({ amounts }) => amounts));
  const year = yearOf(claim.startDay);
  return {
    insurance: insurancesOf(scope, claim),
    item: claim.items.map(itemElement(claim)),
    ...headerAdjudication(claim, totals),
    ...(!claim.isBundled && { total: amountEntries(totals, isWaiting(claim)) }),
    ...(!isWaiting(claim) && !claim.isBundled && { payment: paymentOf(scope, totals, version) }),
    ...notesOf(totals, version),
    benefitPeriod: { start: `${year}-01-01`, end: `${year}-12-31` },
  };
}

function paymentOf({ today }: Scope, totals: Amounts, { decidedDay }: Version): object {
  const paidDay = Math.min(decidedDay + PAYMENT_DAYS, today);
  return { type: paymentStatus(totals), date: isoDate(paidDay), amount: money(totals.benefit) };
}

function notesOf({ noncovered }: Amounts, { note }: Version): object {
  const notes = [
    ...(noncovered > 0
      ? [{ number: REFUSAL_NOTE, type: 'display', text: 'Part of the charge is not covered by this plan.' }]
      : []),
    ...(note ? claimNotes(note, REFUSAL_NOTE + 1) : []),
  ];
  return notes.length > 0 ? { processNote: notes } : {};
}

function headerAdjudication(claim: ClaimFacts, totals: Amounts): object {
  const decisions = claim.items.map(({ amounts }) => amounts);
  const amounts = claim.asWhole
    ? [...adjustmentEntries(...decisions), ...amountEntries(totals, isWaiting(claim))]
    : headerReasons(decisions);
  const adjudication = [...claim.headerStatuses, ...amounts];
  return adjudication.length > 0 ? { adjudication } : {};
}

const itemElement =
  ({ asWhole = false, isBundled = false }: ClaimFacts) =>
  ({ item, statuses, amounts }: AdjudicatedItem, index: number): object => ({
    sequence: index + 1,
    ...item,
    ...(!isBundled && { net: money(amounts.submitted) }),
    ...(amounts.noncovered > 0 && { noteNumber: [REFUSAL_NOTE] }),
    ...(!asWhole && {
      adjudication: [...statuses(amounts), ...(isBundled ? [] : amountEntries(amounts, amounts.isOpen))],
    }),
  });
