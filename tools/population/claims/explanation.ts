import { spanOn } from '../coverage/enrollment.ts';
import type { Line } from '../coverage/product.ts';
import { ANCHOR_DAY, isoDate, isoInstant, yearOf } from '../fhir/dates.ts';
import { digitsOf } from '../fhir/identity.ts';
import {
  c4bb,
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
import { memberId, patientId, type Scope } from '../scope.ts';
import { type Amounts, type Decision, totalsOf } from './adjudication.ts';
import { adjustmentEntries, amountEntries, paymentStatus } from './amounts.ts';
import { information } from './parts.ts';

const PROCESSING_DAYS = 9;
const PAYMENT_DAYS = 7;
/** Note 1 stands on every line the plan refused. */
const REFUSAL_NOTE = 1;

/** One adjudicated line: the element `item` up to `adjudication`, its entries and its amounts. */
export interface AdjudicatedItem {
  item: object;
  statuses: readonly object[];
  amounts: Decision;
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
  /** visits that count for the yearly number of visits of therapy */
  therapyVisits?: number;
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
  /** The claim replaced an earlier one; others do by chance. */
  corrected?: boolean;
  sensitivity?: Sensitivity;
}

/** The claim as finally decided, and sometimes the earlier version that it replaced. */
export function explanations(scope: Scope, claim: ClaimFacts): SyntheticResource[] {
  const final = claimNumber(scope, claim.key);
  const REPLACED_SHARE = 0.02;
  const byChance = scope.random.chance(REPLACED_SHARE);
  if (!byChance && !claim.corrected) return [explanation(scope, claim, { status: 'active', number: final })];
  // The plan had decided the earlier version of a hospital's claim in the other way.
  const earlier = {
    ...claim,
    key: `${claim.key}/replaced`,
    ...(claim.asWhole !== undefined && { asWhole: !claim.asWhole }),
  };
  const first = claimNumber(scope, earlier.key);
  const prior = codedConcept(hl7('ex-relatedclaimrelationship'), 'prior', 'Prior Claim');
  const replaced = codedConcept(
    carinSystem('C4BBRelatedClaimRelationshipCodes'),
    'replacedby',
    'Replaced by claim number',
  );
  return [
    explanation(scope, earlier, { status: 'cancelled', number: first, related: [replaced, final] }),
    explanation(scope, claim, {
      status: 'active',
      number: final,
      related: [prior, first],
      isReplacement: true,
    }),
  ];
}

interface Version {
  status: 'active' | 'cancelled';
  number: string;
  related?: readonly [Concept, string];
  isReplacement?: boolean;
}

/** The day on which the plan decided the claim. */
export const createdDay = ({ endDay }: Pick<ClaimFacts, 'endDay'>) =>
  Math.min(endDay + PROCESSING_DAYS, ANCHOR_DAY);

function explanation(scope: Scope, claim: ClaimFacts, version: Version): SyntheticResource {
  const decidedDay = createdDay(claim);
  return {
    resourceType: 'ExplanationOfBenefit',
    id: memberId(scope, 'ExplanationOfBenefit', claim.key),
    meta: meta([c4bb(claim.profile)], decidedDay, claim.sensitivity),
    ...header(scope, claim, version, decidedDay),
    careTeam: claim.careTeam,
    supportingInfo: [...claim.supportingInfo, ...typeOfBill(claim, version)].map((info, index) => ({
      sequence: index + 1,
      ...info,
    })),
    ...(claim.diagnosis.length > 0 && { diagnosis: claim.diagnosis }),
    ...(claim.procedure && { procedure: claim.procedure }),
    ...settlement(scope, claim, decidedDay),
  };
}

/** The last digit of the type of bill (NUBC): the first claim about the care, or one that replaces another. */
function typeOfBill({ bill }: ClaimFacts, { isReplacement = false }: Version): object[] {
  if (bill === undefined) return [];
  const code = codedConcept(nubc('TypeOfBill'), `${bill}${isReplacement ? '7' : '1'}`);
  return [information('typeofbill', 'Type of Bill', { code })];
}

function header(scope: Scope, claim: ClaimFacts, version: Version, decidedDay: number): object {
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
    created: isoInstant(decidedDay, 540),
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
    outcome: 'complete',
    disposition: 'Processed according to the benefits in force on the date of service.',
    ...(claim.authorizationNumber && { preAuthRef: [claim.authorizationNumber] }),
  };
}

/** The provider is paid; out of network the plan refunds the subscriber, also for a dependant's care. */
function payeeOf(scope: Scope, claim: ClaimFacts): object {
  if (claim.inNetwork)
    return { type: coded(hl7('payeetype'), 'provider', 'Provider'), party: claim.provider };
  const { subscriber, tenant } = scope;
  const party = referenceTo('Patient', patientId(tenant, subscriber), fullName(subscriber));
  return { type: coded(hl7('payeetype'), 'subscriber', 'Subscriber'), party };
}

function settlement(scope: Scope, claim: ClaimFacts, decidedDay: number): object {
  const span = spanOn(scope.enrollment, claim.line, claim.startDay);
  const totals = totalsOf(claim.items.map(({ amounts }) => amounts));
  const paidDay = Math.min(decidedDay + PAYMENT_DAYS, ANCHOR_DAY);
  const year = yearOf(claim.startDay);
  return {
    insurance: [{ focal: true, coverage: referenceTo('Coverage', span.coverageId, span.plan.name) }],
    item: claim.items.map(itemElement(claim)),
    ...headerAdjudication(claim, totals),
    total: amountEntries(totals),
    payment: { type: paymentStatus(totals), date: isoDate(paidDay), amount: money(totals.benefit) },
    ...(totals.noncovered > 0 && {
      processNote: [
        { number: REFUSAL_NOTE, type: 'display', text: 'Part of the charge is not covered by this plan.' },
      ],
    }),
    benefitPeriod: { start: `${year}-01-01`, end: `${year}-12-31` },
  };
}

function headerAdjudication(claim: ClaimFacts, totals: Amounts): object {
  const amounts = claim.asWhole
    ? [...adjustmentEntries(...claim.items.map((item) => item.amounts)), ...amountEntries(totals)]
    : [];
  const adjudication = [...claim.headerStatuses, ...amounts];
  return adjudication.length > 0 ? { adjudication } : {};
}

const itemElement =
  ({ asWhole = false }: ClaimFacts) =>
  ({ item, statuses, amounts }: AdjudicatedItem, index: number): object => ({
    sequence: index + 1,
    ...item,
    net: money(amounts.submitted),
    ...(amounts.noncovered > 0 && { noteNumber: [REFUSAL_NOTE] }),
    ...(!asWhole && { adjudication: [...statuses, ...amountEntries(amounts)] }),
  });

function claimNumber(scope: Scope, key: string): string {
  return digitsOf(`claim/${scope.tenant.name}/${scope.member.key}/${key}`, 14);
}
