import type { Service } from '../care/services.ts';
import { sensitivityOf, sentDay, type Visit, type VisitKind } from '../care/visit.ts';
import { spanOn } from '../coverage/enrollment.ts';
import { isoDate } from '../fhir/dates.ts';
import { worded, type Concept } from '../fhir/resource.ts';
import type { Scope } from '../scope.ts';
import { adjustmentEntries, allowedUnits, statusEntries } from './amounts.ts';
import type { AdjudicatedItem, ClaimFacts } from './explanation.ts';
import type { Ledger } from './ledger.ts';
import {
  claimType,
  historyOfClaim,
  diagnosisElements,
  informationSequence,
  modifierOf,
  PLACE,
  providerNumbers,
  receivedOn,
  decisionOn,
  ROLE,
  serviceFacility,
  teamMember,
} from './parts.ts';

const PLACES: Partial<Record<VisitKind, Concept>> = { home: PLACE.home, ambulance: PLACE.ambulance };

/** Claim of a clinician's office (professional) or of an optometrist (vision): one profile serves both. */
export function professionalClaim(scope: Scope, visit: Visit, ledger: Ledger): ClaimFacts {
  const isVision = visit.kind === 'vision';
  const sensitivity = sensitivityOf(visit);
  const usual = [receivedOn(scope, sentDay(visit)), serviceFacility(visit), ...providerNumbers(scope, visit)];
  return {
    key: `visit/${visit.key}`,
    profile: 'ExplanationOfBenefit-Professional-NonClinician',
    type: isVision ? claimType('vision', 'Vision') : claimType('professional', 'Professional'),
    line: isVision ? 'vision' : 'medical',
    startDay: visit.startDay,
    endDay: visit.endDay,
    provider: visit.facility.organization,
    facility: visit.facility.location,
    inNetwork: visit.inNetwork,
    ...(visit.authorizationNumber && { authorizationNumber: visit.authorizationNumber }),
    careTeam: [teamMember(1, visit.clinician, ROLE.rendering)],
    supportingInfo: [...usual, ...(visit.claim?.information ?? [])],
    diagnosis: diagnosisElements(visit.diagnoses, 'secondary'),
    items: visit.services.map((service, index) => {
      const { item, ...decision } = itemOf(scope, visit, { service, index }, ledger);
      return { item: { ...informationSequence(visit, index, usual.length), ...item }, ...decision };
    }),
    headerStatuses: statusEntries(visit.inNetwork, 'billingnetworkstatus', 'renderingnetworkstatus'),
    ...historyOfClaim(visit),
    ...(sensitivity && { sensitivity }),
  };
}

function itemOf(
  scope: Scope,
  visit: Visit,
  { service, index }: { service: Service; index: number },
  ledger: Ledger,
): AdjudicatedItem {
  const line = visit.kind === 'vision' ? 'vision' : 'medical';
  const { plan } = spanOn(scope.enrollment, line, visit.startDay);
  const copay = { primary: plan.primaryCopayCents, specialist: plan.specialistCopayCents };
  const charge = {
    // It counts for no deductible and no limit.
    submittedCents: visit.claim?.isBundled ? 0 : service.priceCents,
    ...(service.limit && { limit: service.limit }),
    ...(service.preventive && { preventive: true }),
    ...(service.visit && { copayCents: copay[service.visit] }),
    ...decisionOn(visit, index),
  };
  const amounts = ledger(charge, line, visit.startDay, visit.inNetwork);
  return {
    item: {
      careTeamSequence: [1],
      diagnosisSequence: visit.diagnoses.map((_, index) => index + 1),
      productOrService: worded(service.system, service.code, service.text),
      ...modifierOf(service),
      servicedDate: isoDate(visit.startDay),
      locationCodeableConcept: PLACES[visit.kind] ?? PLACE.office,
      quantity: { value: 1 },
    },
    statuses: (of) => [
      ...statusEntries(visit.inNetwork, 'benefitpaymentstatus'),
      ...adjustmentEntries(of),
      ...(visit.claim?.isBundled ? [] : allowedUnits(of)),
    ],
    amounts,
    ...(service.limit && { limit: service.limit }),
  };
}
