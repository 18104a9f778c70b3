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
  type Concept,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7, pdexSystem, X12_ADJUSTMENT_REASON, X12_SERVICE_TYPE } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';
import {
  itemExtensions,
  PDEX_EXTENSION,
  requestExtensions,
  reviewExtensions,
} from './authorization-extensions.ts';
import { claimNotes } from './notes.ts';
import { NOT_NEEDED } from './refusals.ts';
import { claimType, RELATED, ROLE, teamMember } from './parts.ts';

/** PDex 2.2 asks for its profile without a version. It only adds to that of 2.0, so a request can follow both. */
const ANY_VERSION = `${PDEX_EXTENSION}pdex-priorauthorization`;
const DISCRIMINATOR = pdexSystem('PDexAdjudicationDiscriminator');
const DENIAL_REASON = coded(DISCRIMINATOR, 'denialreason', 'Denial Reason');
/** Why the plan approved nothing, or less than was asked for. */
const REASONS: Partial<Record<AuthorizationDecision, Concept>> = {
  denied: NOT_NEEDED,
  partial: worded(X12_ADJUSTMENT_REASON, '151', 'The plan’s reviewers think that fewer are enough'),
};

const denialOf = (request: Authorization): object[] => {
  const reason = REASONS[request.decision];
  return reason ? [{ extension: reviewExtensions(request), category: DENIAL_REASON, reason }] : [];
};

/** What `disposition` says. */
const DISPOSITIONS: Readonly<Record<AuthorizationDecision, string>> = {
  approved: 'Approved as requested.',
  partial: 'Approved in part: fewer than were asked for.',
  denied: 'Denied: the request does not meet the criteria of medical necessity.',
  pended: 'Waiting for documents from the provider.',
  cancelled: 'The provider took the request back.',
};

/** PDex prior authorization: an ExplanationOfBenefit whose use is "preauthorization". */
export function priorAuthorizationOf(scope: Scope, request: Authorization): SyntheticResource {
  const { requestedDay } = request.appealOf ?? request;
  const span = spanOn(scope.enrollment, 'medical', requestedDay);
  return {
    resourceType: 'ExplanationOfBenefit',
    id: memberId(scope, 'ExplanationOfBenefit', `authorization/${request.key}`),
    meta: meta([pdexProfile('priorauthorization'), ANY_VERSION], request.decidedDay),
    extension: requestExtensions(scope, request),
    ...header(scope, request),
    ...relatedRequest(scope, request),
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
    ...appealNotes(request),
    total: totalsOf(request),
  };
}

/** An appeal and the refusal that it is about name each other by their numbers. */
function relatedRequest({ tenant }: Scope, { appealOf, appealedAs }: Authorization): object {
  const [relationship, value] = appealOf
    ? [RELATED.prior, appealOf.number]
    : [RELATED.replacedBy, appealedAs];
  if (value === undefined) return {};
  return {
    related: [{ relationship, reference: { system: `${tenant.base}/authorization-number`, value } }],
  };
}

/** Numbered from 1: no line names them, so they are about the whole request. */
function appealNotes({ appealOf, decision }: Authorization): object {
  if (!appealOf) return {};
  return { processNote: claimNotes(decision === 'denied' ? 'deniedAfterAppeal' : 'approvedAfterAppeal', 1) };
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
    status: decision === 'cancelled' ? 'cancelled' : 'active',
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
    disposition: DISPOSITIONS[decision],
    ...(request.allowedUnits > 0 && { preAuthRef: [request.number], preAuthRefPeriod: [period] }),
  };
}

function itemOf(scope: Scope, request: Authorization): object {
  const { service, serviceType, units } = request;
  const submitted = {
    extension: reviewExtensions(request),
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

function outcomeEntries(request: Authorization): object[] {
  const { decision, allowedUnits, consumedUnits, service } = request;
  if (decision === 'pended' || decision === 'cancelled') return [];
  const eligible = coded(hl7('adjudication'), 'eligible', 'Eligible Amount');
  const allowed = coded(DISCRIMINATOR, 'allowedunits', 'allowed units');
  const consumed = coded(DISCRIMINATOR, 'consumedunits', 'consumed units');
  const extension = reviewExtensions(request);
  return [
    { extension, category: eligible, amount: money(service.priceCents * allowedUnits) },
    { extension, category: allowed, value: allowedUnits },
    ...(allowedUnits > 0 ? [{ extension, category: consumed, value: consumedUnits }] : []),
    ...denialOf(request),
  ];
}

/** The decision about the whole request; with a denial, its reason. */
function decisionEntries(request: Authorization): object[] {
  const { service, units } = request;
  return [
    {
      extension: reviewExtensions(request),
      category: codedConcept(hl7('adjudication'), 'submitted', 'Submitted Amount'),
      amount: money(service.priceCents * units),
    },
    ...denialOf(request),
  ];
}

function totalsOf({ service, units, allowedUnits, consumedUnits, decision }: Authorization): object[] {
  const category = (code: string, display: string) =>
    codedConcept(pdexSystem('PriorAuthorizationValueCodes'), code, display);
  const cents = service.priceCents * units;
  const submitted = { category: category('submitted', 'Submitted'), amount: money(cents) };
  if (decision === 'pended' || decision === 'cancelled') return [submitted];
  const eligible = {
    extension: [
      {
        url: `${PDEX_EXTENSION}PriorAuthorizationUtilization`,
        valueQuantity: { value: allowedUnits > 0 ? consumedUnits : 0 },
      },
    ],
    category: category('eligible', 'Eligible'),
    amount: money(service.priceCents * allowedUnits),
  };
  return [submitted, eligible];
}
