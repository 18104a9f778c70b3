import type { Service } from '../care/services.ts';
import { sentDay, type Visit } from '../care/visit.ts';
import { isoDate } from '../fhir/dates.ts';
import { worded } from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
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

const FILLED_TOOTH = '14';

/** Dentist's claim. */
export function oralClaim(scope: Scope, visit: Visit, ledger: Ledger): ClaimFacts {
  const network = statusEntries(
    visit.inNetwork,
    'billingnetworkstatus',
    'renderingnetworkstatus',
    'benefitpaymentstatus',
  );
  const usual = [receivedOn(scope, sentDay(visit)), serviceFacility(visit), ...providerNumbers(scope, visit)];
  return {
    key: `visit/${visit.key}`,
    profile: 'ExplanationOfBenefit-Oral',
    type: claimType('oral', 'Oral'),
    line: 'dental',
    startDay: visit.startDay,
    endDay: visit.endDay,
    // The profile of dental claims asks for a person here, where the others take the organization too.
    provider: visit.clinician.practitioner,
    facility: visit.facility.location,
    inNetwork: visit.inNetwork,
    careTeam: [teamMember(1, visit.clinician, ROLE.rendering)],
    supportingInfo: [...usual, ...(visit.claim?.information ?? [])],
    diagnosis: diagnosisElements(visit.diagnoses, 'secondary'),
    items: visit.services.map((service, index) => {
      const { item, ...decision } = itemOf(visit, service, index, ledger);
      return { item: { ...informationSequence(visit, index, usual.length), ...item }, ...decision };
    }),
    headerStatuses: network,
    ...historyOfClaim(visit),
  };
}

function itemOf(visit: Visit, service: Service, index: number, ledger: Ledger): AdjudicatedItem {
  const charge = {
    submittedCents: service.priceCents,
    limit: 'dental' as const,
    ...(service.preventive && { preventive: true }),
    ...decisionOn(visit, index),
  };
  const amounts = ledger(charge, 'dental', visit.startDay, visit.inNetwork);
  const tooth = worded(hl7('ADAUniversalToothDesignationSystem'), FILLED_TOOTH, 'Upper left first molar');
  return {
    item: {
      careTeamSequence: [1],
      diagnosisSequence: [1],
      productOrService: worded(service.system, service.code, service.text),
      ...modifierOf(service),
      servicedDate: isoDate(visit.startDay),
      locationCodeableConcept: PLACE.office,
      quantity: { value: 1 },
      ...(!service.preventive && { bodySite: tooth }),
    },
    statuses: (of) => [
      ...statusEntries(visit.inNetwork, 'benefitpaymentstatus'),
      ...adjustmentEntries(of),
      ...allowedUnits(of),
    ],
    amounts,
    limit: charge.limit,
  };
}
