import type { Authorization, AuthorizationDecision } from '../care/authorizations.ts';
import { claimCode } from '../care/diagnoses.ts';
import { spanOn } from '../coverage/enrollment.ts';
import { isoDate, isoInstant } from '../fhir/dates.ts';
import {
  coded,
  codedConcept,
  meta,
  money,
  pdexProfile,
  referenceTo,
  worded,
  type SyntheticResource,
} from '../fhir/resource.ts';
import {
  hl7,
  pdexSystem,
  X12_ADJUSTMENT_REASON,
  X12_LEVEL_OF_SERVICE,
  X12_REVIEW_ACTION,
  X12_SERVICE_TYPE,
} from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';
import { claimType, ROLE, teamMember } from './parts.ts';

const EXTENSION = 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/';
const PAS_EXTENSION = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition/';
const DISCRIMINATOR = pdexSystem('PDexAdjudicationDiscriminator');
const DENIAL_REASON = coded(DISCRIMINATOR, 'denialreason', 'Denial Reason');
const NOT_NECESSARY = worded(X12_ADJUSTMENT_REASON, '50', 'Not deemed medically necessary by the plan');

/** X12 306 action, plain words, and what `disposition` says. */
const DECISIONS: Readonly<Record<AuthorizationDecision, readonly [string, string, string]>> = {
  approved: ['A1', 'Certified in total', 'Approved as requested.'],
  denied: ['A3', 'Not certified', 'Denied: the request does not meet the criteria of medical necessity.'],
  pended: ['A4', 'Pending', 'Waiting for documents from the provider.'],
};

/** PDex prior authorization: an ExplanationOfBenefit whose use is "preauthorization". */
export function priorAuthorizationOf(scope: Scope, request: Authorization): SyntheticResource {
  const span = spanOn(scope.enrollment, 'medical', request.requestedDay);
  return {
    resourceType: 'ExplanationOfBenefit',
    id: memberId(scope, 'ExplanationOfBenefit', `authorization/${request.key}`),
    meta: meta([pdexProfile('priorauthorization')], request.decidedDay),
    extension: [
      {
        url: `${EXTENSION}extension-levelOfServiceCode`,
        valueCodeableConcept: worded(X12_LEVEL_OF_SERVICE, 'E', 'Elective'),
      },
    ],
    ...header(scope, request),
    careTeam: careTeamOf(request),
    diagnosis: [
      {
        sequence: 1,
        diagnosisCodeableConcept: claimCode(request.diagnosis),
        type: [codedConcept(hl7('ex-diagnosistype'), 'principal', 'Principal Diagnosis')],
      },
    ],
    insurance: [{ focal: true, coverage: referenceTo('Coverage', span.coverageId, span.plan.name) }],
    item: [itemOf(scope, request)],
    adjudication: decisionEntries(request),
    total: totalsOf(request),
  };
}

/** Who asks for the care: the person, the person's role, and the organization. */
function careTeamOf({ clinician }: Authorization): object[] {
  const role = (code: string, display: string) => coded(hl7('claimcareteamrole'), code, display);
  return [
    teamMember(1, clinician, ROLE.primary),
    { sequence: 2, provider: clinician.role, role: role('assist', 'Assisting Provider') },
    { sequence: 3, provider: clinician.facility.organization, role: role('other', 'Other') },
  ];
}

function header(scope: Scope, request: Authorization): object {
  const { clinician, decision } = request;
  const [type, display] = request.institutional
    ? ['institutional', 'Institutional']
    : ['professional', 'Professional'];
  const period = { start: isoDate(request.decidedDay), end: isoDate(request.validToDay) };
  return {
    identifier: [{ system: `${scope.tenant.base}/authorization-number`, value: request.number }],
    status: 'active',
    type: claimType(type as string, display as string),
    use: 'preauthorization',
    patient: scope.patient,
    billablePeriod: period,
    created: isoInstant(request.requestedDay, 600),
    enterer: decision === 'denied' ? clinician.role : clinician.practitioner,
    insurer: scope.directory.payer,
    provider: clinician.facility.organization,
    priority: codedConcept(hl7('processpriority'), 'normal', 'Normal'),
    facility: clinician.facility.location,
    outcome: decision === 'pended' ? 'queued' : 'complete',
    disposition: DECISIONS[decision][2],
    ...(decision === 'approved' && { preAuthRef: [request.number], preAuthRefPeriod: [period] }),
  };
}

function itemOf(scope: Scope, request: Authorization): object {
  const { service, serviceType, units } = request;
  const submitted = {
    extension: [reviewAction(request)],
    category: codedConcept(hl7('adjudication'), 'submitted', 'Submitted Amount'),
    amount: money(service.priceCents * units),
  };
  return {
    extension: itemExtensions(scope, request),
    sequence: 1,
    careTeamSequence: [1],
    diagnosisSequence: [1],
    category: worded(X12_SERVICE_TYPE, ...serviceType),
    productOrService: worded(service.system, service.code, service.text),
    quantity: { value: units },
    unitPrice: money(service.priceCents),
    net: money(service.priceCents * units),
    adjudication: [submitted, ...outcomeEntries(request)],
  };
}

function outcomeEntries({ decision, units, consumedUnits, service }: Authorization): object[] {
  const eligible = coded(hl7('adjudication'), 'eligible', 'Eligible Amount');
  const allowed = coded(DISCRIMINATOR, 'allowedunits', 'allowed units');
  const consumed = coded(DISCRIMINATOR, 'consumedunits', 'consumed units');
  switch (decision) {
    case 'pended':
      return [];
    case 'approved':
      return [
        { category: eligible, amount: money(service.priceCents * units) },
        { category: allowed, value: units },
        { category: consumed, value: consumedUnits },
      ];
    case 'denied':
      return [
        { category: eligible, amount: money(0) },
        { category: allowed, value: 0 },
        { category: DENIAL_REASON, reason: NOT_NECESSARY },
      ];
  }
}

/** The decision about the whole request; with a denial, its reason. */
function decisionEntries(request: Authorization): object[] {
  const { decision, service, units } = request;
  return [
    {
      extension: [reviewAction(request)],
      category: codedConcept(hl7('adjudication'), 'submitted', 'Submitted Amount'),
      amount: money(service.priceCents * units),
    },
    ...(decision === 'denied' ? [{ category: DENIAL_REASON, reason: NOT_NECESSARY }] : []),
  ];
}

/** Da Vinci PAS: the numbers of the request, and of an authorization what was given to whom, when and for how long. */
function itemExtensions({ tenant }: Scope, request: Authorization): object[] {
  const { number, previousNumber, decision, decidedDay, validToDay, clinician, service, units } = request;
  const pas = (name: string, content: object) => ({ url: `${PAS_EXTENSION}extension-${name}`, ...content });
  const numbers = [
    pas('itemTraceNumber', {
      valueIdentifier: { system: `${tenant.base}/trace-number`, value: `${number}-1` },
    }),
    pas('administrationReferenceNumber', { valueString: `AR${number.slice(2)}` }),
    ...(previousNumber ? [pas('authorizationNumber', { valueString: previousNumber })] : []),
  ];
  if (decision !== 'approved') return numbers;
  const period = { start: isoDate(decidedDay), end: isoDate(validToDay) };
  return [
    ...numbers,
    pas('itemPreAuthIssueDate', { valueDate: period.start }),
    pas('itemPreAuthPeriod', { valuePeriod: period }),
    pas('itemAuthorizedDetail', {
      extension: [
        { url: 'unitPrice', valueMoney: money(service.priceCents) },
        { url: 'quantity', valueQuantity: { value: units } },
      ],
    }),
    pas('itemAuthorizedProvider', {
      extension: [{ url: 'provider', valueReference: clinician.practitioner }],
    }),
  ];
}

function reviewAction({ number, decision }: Authorization): object {
  const [code, text] = DECISIONS[decision];
  return {
    extension: [
      { url: 'number', valueString: number },
      {
        url: `${EXTENSION}extension-reviewActionCode`,
        valueCodeableConcept: worded(X12_REVIEW_ACTION, code, text),
      },
    ],
    url: `${EXTENSION}extension-reviewAction`,
  };
}

function totalsOf({ service, units, consumedUnits, decision }: Authorization): object[] {
  const category = (code: string, display: string) =>
    codedConcept(pdexSystem('PriorAuthorizationValueCodes'), code, display);
  const cents = service.priceCents * units;
  const submitted = { category: category('submitted', 'Submitted'), amount: money(cents) };
  if (decision === 'pended') return [submitted];
  const eligible = {
    extension: [
      { url: `${EXTENSION}PriorAuthorizationUtilization`, valueQuantity: { value: consumedUnits } },
    ],
    category: category('eligible', 'Eligible'),
    amount: money(decision === 'approved' ? cents : 0),
  };
  return [submitted, eligible];
}
