/** What PDex and PAS say of a prior authorization in extensions: decision, reviewer, numbers, and what was authorized. */
import { STAY_AFTER_DAYS, type Authorization, type AuthorizationDecision } from '../care/authorizations.ts';
import { isoDate, isoInstant } from '../fhir/dates.ts';
import { money, worded } from '../fhir/resource.ts';
import { X12_CERTIFICATION_TYPE, X12_LEVEL_OF_SERVICE, X12_REVIEW_ACTION } from '../fhir/systems.ts';
import { npiOf } from '../reference/organizations.ts';
import type { Scope } from '../scope.ts';

export const PDEX_EXTENSION = 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/';
const PAS_EXTENSION = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition/';
/** Minutes of the day at which plans decide. */
const DECISION_MINUTES = 840;

/** X12 306 action, and what it says in our own words. */
const ACTIONS: Readonly<Record<AuthorizationDecision, readonly [string, string]>> = {
  approved: ['A1', 'Approved'],
  partial: ['A2', 'Approved in part'],
  denied: ['A3', 'Denied'],
  pended: ['A4', 'Waits for a decision'],
  cancelled: ['C', 'Taken back'],
};

const pas = (name: string, content: object) => ({ url: `${PAS_EXTENSION}extension-${name}`, ...content });

/** X12 1322: what is asked for, and what it says in our own words. */
const IMMEDIATE_APPEAL = worded(X12_CERTIFICATION_TYPE, '1', 'Appeal that cannot wait');
const STANDARD_APPEAL = worded(X12_CERTIFICATION_TYPE, '2', 'Appeal in the usual time');

/** How urgent the request is, and whether it is an appeal; and of one that a person reviewed, who that was. */
export function requestExtensions({ tenant }: Scope, request: Authorization): object[] {
  const { isUrgent, decision, clinician, appealOf } = request;
  const level: readonly [string, string] = isUrgent ? ['U', 'Urgent'] : ['E', 'Elective'];
  const isReviewed = decision === 'denied' || decision === 'partial' || appealOf !== undefined;
  const kind = { valueCodeableConcept: isUrgent ? IMMEDIATE_APPEAL : STANDARD_APPEAL };
  const reviewer = pas('claimResponseReviewer', {
    extension: [
      { url: 'wasHumanReviewedFlag', valueBoolean: true },
      { url: 'reviewerNPI', valueIdentifier: npiOf(`reviewer/${tenant.name}`) },
      { url: 'reviewerSpecialty', valueCodeableConcept: clinician.specialty },
    ],
  });
  return [
    {
      url: `${PDEX_EXTENSION}extension-levelOfServiceCode`,
      valueCodeableConcept: worded(X12_LEVEL_OF_SERVICE, ...level),
    },
    ...(appealOf ? [pas('certificationType', kind)] : []),
    ...(isReviewed ? [reviewer] : []),
  ];
}

/** The plan's decision, and when it was made: what waits has no date. */
export function reviewExtensions({ number, decision, decidedDay }: Authorization): object[] {
  const action = {
    extension: [
      { url: 'number', valueString: number },
      {
        url: `${PDEX_EXTENSION}extension-reviewActionCode`,
        valueCodeableConcept: worded(X12_REVIEW_ACTION, ...ACTIONS[decision]),
      },
    ],
    url: `${PDEX_EXTENSION}extension-reviewAction`,
  };
  const when = {
    url: `${PDEX_EXTENSION}base-ext-when-adjudicated`,
    valueDateTime: isoInstant(decidedDay, DECISION_MINUTES),
  };
  return decision === 'pended' ? [action] : [action, when];
}

/** Da Vinci PAS: the numbers of the request, the stay, and what was given to whom, when and for how long. */
export function itemExtensions({ tenant }: Scope, request: Authorization): object[] {
  const { number, previousNumber, decidedDay, stayDays } = request;
  const day = decidedDay + STAY_AFTER_DAYS;
  return [
    pas('itemTraceNumber', {
      valueIdentifier: { system: `${tenant.base}/trace-number`, value: `${number}-1` },
    }),
    pas('administrationReferenceNumber', { valueString: `AR${number.slice(2)}` }),
    ...(previousNumber ? [pas('authorizationNumber', { valueString: previousNumber })] : []),
    ...(stayDays === undefined
      ? []
      : [
          pas('admissionDates', {
            valuePeriod: { start: isoDate(day), end: isoDate(day + stayDays) },
          }),
          pas('dischargeDate', { valueDate: isoDate(day + stayDays) }),
        ]),
    ...(request.allowedUnits > 0 ? authorized(request) : []),
  ];
}

function authorized({ decidedDay, validToDay, clinician, service, allowedUnits }: Authorization): object[] {
  const period = { start: isoDate(decidedDay), end: isoDate(validToDay) };
  return [
    pas('itemPreAuthIssueDate', { valueDate: period.start }),
    pas('itemPreAuthPeriod', { valuePeriod: period }),
    pas('itemAuthorizedDetail', {
      extension: [
        { url: 'unitPrice', valueMoney: money(service.priceCents) },
        { url: 'quantity', valueQuantity: { value: allowedUnits } },
      ],
    }),
    pas('itemAuthorizedProvider', {
      extension: [{ url: 'provider', valueReference: clinician.practitioner }],
    }),
  ];
}
