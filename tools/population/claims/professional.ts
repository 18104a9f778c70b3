import type { Service } from '../care/services.ts';
import { sensitivityOf, type Visit } from '../care/visit.ts';
import { spanOn } from '../coverage/enrollment.ts';
import { isoDate } from '../fhir/dates.ts';
import { worded } from '../fhir/resource.ts';
import type { Scope } from '../scope.ts';
import { adjustmentEntries, statusEntries } from './amounts.ts';
import type { AdjudicatedItem, ClaimFacts } from './explanation.ts';
import type { Ledger } from './ledger.ts';
import {
  claimType,
  diagnosisElements,
  PLACE,
  providerNumbers,
  receivedOn,
  ROLE,
  serviceFacility,
  teamMember,
} from './parts.ts';

/** Claim of a clinician's office (professional) or of an optometrist (vision): one profile serves both. */
export function professionalClaim(scope: Scope, visit: Visit, ledger: Ledger): ClaimFacts {
  const isVision = visit.kind === 'vision';
  const sensitivity = sensitivityOf(visit);
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
    careTeam: [teamMember(1, visit.clinician, ROLE.rendering)],
    supportingInfo: [receivedOn(visit.endDay), serviceFacility(visit), ...providerNumbers(scope, visit)],
    diagnosis: diagnosisElements(visit.diagnoses, 'secondary'),
    items: visit.services.map((service) => itemOf(scope, visit, service, ledger)),
    headerStatuses: statusEntries(visit.inNetwork, 'billingnetworkstatus', 'renderingnetworkstatus'),
    ...(sensitivity && { sensitivity }),
  };
}

function itemOf(scope: Scope, visit: Visit, service: Service, ledger: Ledger): AdjudicatedItem {
  const line = visit.kind === 'vision' ? 'vision' : 'medical';
  const { plan } = spanOn(scope.enrollment, line, visit.startDay);
  const copay = { primary: plan.primaryCopayCents, specialist: plan.specialistCopayCents };
  const charge = {
    submittedCents: service.priceCents,
    ...(service.preventive && { preventive: true }),
    ...(service.visit && { copayCents: copay[service.visit] }),
  };
  const amounts = ledger(charge, line, visit.startDay, visit.inNetwork);
  return {
    item: {
      careTeamSequence: [1],
      diagnosisSequence: visit.diagnoses.map((_, index) => index + 1),
      productOrService: worded(service.system, service.code, service.text),
      ...(service.modifier && { modifier: [worded(service.system, ...service.modifier)] }),
      servicedDate: isoDate(visit.startDay),
      locationCodeableConcept: visit.kind === 'therapy' ? PLACE.home : PLACE.office,
      quantity: { value: 1 },
    },
    statuses: [...statusEntries(visit.inNetwork, 'benefitpaymentstatus'), ...adjustmentEntries(amounts)],
    amounts,
  };
}
