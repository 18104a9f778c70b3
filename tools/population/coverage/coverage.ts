import { isoDate } from '../fhir/dates.ts';
import {
  c4bb,
  codedConcept,
  insuranceCard,
  meta,
  referenceTo,
  usCoreProfile,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { cardSystem, hl7 } from '../fhir/systems.ts';
import { fullName } from '../people/families.ts';
import { cardExtensions } from './card.ts';
import { patientId, recordedAfter, type Scope } from '../scope.ts';
import { costsToBeneficiary } from './costs.ts';
import { dependentNumber, type Span } from './enrollment.ts';
import { payerType } from './plans.ts';
import type { Plan } from './product.ts';

const RX_BIN = '999004';
const RX_PCN = 'SYNTH';
/** of an issuer that does not exist */
const RX_IIN = '999004';
const DIVISION = '001';

/** Every product the member ever held: ended ones cancelled, the one in force active. */
export function coveragesOf(scope: Scope): SyntheticResource[] {
  return scope.enrollment.spans.map((span) => coverageOf(scope, span));
}

function coverageOf(scope: Scope, span: Span): SyntheticResource {
  const { enrollment, tenant, member, subscriber, directory } = scope;
  const holder = referenceTo('Patient', patientId(tenant, subscriber), fullName(subscriber));
  const isInForce = span.endDay === undefined;
  const end = span.endDay === undefined ? {} : { end: isoDate(span.endDay) };
  return {
    resourceType: 'Coverage',
    id: span.coverageId,
    meta: meta(
      [usCoreProfile('coverage'), c4bb('Coverage'), ...(isInForce ? [insuranceCard('Coverage')] : [])],
      recordedAfter(scope, span.endDay ?? span.startDay),
    ),
    ...(isInForce && { extension: cardExtensions(scope, span) }),
    identifier: [
      {
        type: codedConcept(hl7('v2-0203'), 'MB', 'Member Number'),
        system: `${tenant.base}/member-number`,
        value: enrollment.memberNumber,
        assigner: directory.payer,
      },
    ],
    status: isInForce ? 'active' : 'cancelled',
    type: payerType(span.plan),
    policyHolder: holder,
    subscriber: holder,
    subscriberId: enrollment.subscriberId,
    beneficiary: scope.patient,
    dependent: dependentNumber(member),
    relationship: relationshipOf(scope),
    period: { start: isoDate(span.startDay), ...end },
    payor: [directory.payer],
    class: classesOf(scope, span.plan),
    order: orderOf(scope, span),
    network: span.plan.network,
    costToBeneficiary: costsToBeneficiary(span.plan, scope.family.length > 1),
  };
}

/** Which insurance this one is for the member: the second where another one pays first. */
function orderOf({ otherInsurance }: Scope, { plan, endDay }: Span): number {
  const isSecond =
    otherInsurance?.isFirst === true &&
    plan.line === 'medical' &&
    (endDay === undefined || endDay >= otherInsurance.startDay);
  return isSecond ? 2 : 1;
}

function relationshipOf(scope: Scope): object {
  const { relationship } = scope.member;
  const display = relationship[0]?.toUpperCase() + relationship.slice(1);
  return codedConcept(hl7('subscriber-relationship'), relationship, display);
}

function classesOf(scope: Scope, plan: Plan): object[] {
  const type = (code: string, display: string) => codedConcept(hl7('coverage-class'), code, display);
  const cardType = (code: string, display: string) =>
    codedConcept(cardSystem('ExtendedCoverageClassCS'), code, display);
  const { groupNumber, groupName } = scope.enrollment;
  const contract = [
    { type: type('group', 'Group'), value: groupNumber, name: groupName },
    { type: type('plan', 'Plan'), value: plan.code, name: plan.name },
    { type: cardType('network', 'Network'), value: plan.code, name: plan.network },
  ];
  if (plan.line !== 'medical') return contract;
  return [
    ...contract,
    { type: cardType('division', 'Division'), value: DIVISION },
    { type: cardType('rxiin', 'RxIIN'), value: RX_IIN },
    { type: type('rxbin', 'RX BIN'), value: RX_BIN },
    { type: type('rxpcn', 'RX PCN'), value: RX_PCN },
    { type: type('rxgroup', 'RX Group'), value: `RX${plan.code}` },
    { type: type('rxid', 'RX Id'), value: scope.enrollment.memberNumber },
  ];
}
