import type { Service, StayLine } from '../care/services.ts';
import { sensitivityOf, sentDay, type Visit } from '../care/visit.ts';
import { isoDate, isoInstant } from '../fhir/dates.ts';
import { codedConcept, worded, type Concept } from '../fhir/resource.ts';
import {
  carinSystem,
  CMS_PRESENT_ON_ADMISSION,
  HCPCS,
  hl7,
  ICD10PCS,
  MS_DRG,
  nubc,
} from '../fhir/systems.ts';
import type { Scope } from '../scope.ts';
import { adjustmentEntries, allowedUnits, statusEntries } from './amounts.ts';
import type { AdjudicatedItem, ClaimFacts } from './explanation.ts';
import type { Ledger } from './ledger.ts';
import {
  claimType,
  historyOfClaim,
  diagnosisElements,
  information,
  modifierOf,
  PLACE,
  providerNumbers,
  receivedOn,
  decisionOn,
  ROLE,
  teamMember,
} from './parts.ts';

const NOT_APPLICABLE = codedConcept(hl7('data-absent-reason'), 'not-applicable', 'Not Applicable');

/** In the code systems of CARIN 2.0.0 and of 2.2.0. */
const PRESENT: Concept = {
  coding: [nubc('PresentOnAdmissionIndicator'), CMS_PRESENT_ON_ADMISSION].map((system) => ({
    system,
    code: 'Y',
  })),
};

/** Hospital's claim for a stay. */
export function inpatientClaim(scope: Scope, visit: Visit, ledger: Ledger): ClaimFacts {
  const days = visit.endDay - visit.startDay;
  return {
    ...hospitalClaim(visit, 'Inpatient'),
    bill: '011',
    supportingInfo: [
      information('admissionperiod', 'Admission Period', {
        timingPeriod: { start: isoDate(visit.startDay), end: isoDate(visit.endDay) },
      }),
      ...billing(scope, visit, '1'),
      information('drg', 'DRG', { code: worded(MS_DRG, visit.stay?.drg ?? '', visit.stay?.drgText ?? '') }),
    ],
    diagnosis: diagnosisElements(visit.diagnoses, 'other').map((entry) => ({
      ...entry,
      onAdmission: PRESENT,
    })),
    ...(visit.performed?.icd10pcs && {
      procedure: [procedureElement(visit, visit.performed.icd10pcs, visit.performed.name)],
    }),
    items: (visit.stay?.lines ?? []).map((line, index) => stayItem(visit, line, { days, index }, ledger)),
  };
}

/** Hospital's claim for a visit of one day. */
export function outpatientClaim(scope: Scope, visit: Visit, ledger: Ledger): ClaimFacts {
  return {
    ...hospitalClaim(visit, 'Outpatient'),
    bill: '013',
    supportingInfo: billing(scope, visit, '3'),
    diagnosis: diagnosisElements(visit.diagnoses, 'other'),
    items: visit.services.map((service, index) => visitItem(visit, service, index, ledger)),
  };
}

type HospitalClaim = Omit<ClaimFacts, 'supportingInfo' | 'diagnosis' | 'items'>;

function hospitalClaim(visit: Visit, kind: 'Inpatient' | 'Outpatient'): HospitalClaim {
  const sensitivity = sensitivityOf(visit);
  return {
    key: `visit/${visit.key}`,
    profile: `ExplanationOfBenefit-${kind}-Institutional`,
    type: claimType('institutional', 'Institutional'),
    subType: codedConcept(carinSystem('C4BBInstitutionalClaimSubType'), kind.toLowerCase(), kind),
    line: 'medical',
    startDay: visit.startDay,
    endDay: visit.endDay,
    provider: visit.facility.organization,
    facility: visit.facility.location,
    inNetwork: visit.inNetwork,
    ...(visit.authorizationNumber && { authorizationNumber: visit.authorizationNumber }),
    careTeam: [
      teamMember(1, visit.clinician, ROLE.attending),
      ...(visit.operatedBy ? [teamMember(2, visit.operatedBy, ROLE.operating)] : []),
    ],
    headerStatuses: statusEntries(visit.inNetwork, 'billingnetworkstatus', 'benefitpaymentstatus'),
    // A stay is paid by its DRG, a visit line by line.
    asWhole: kind === 'Inpatient',
    ...historyOfClaim(visit),
    ...(sensitivity && { sensitivity }),
  };
}

/** Codes of the NUBC about admission and discharge. */
function billing(scope: Scope, visit: Visit, admissionType: string): object[] {
  const code = (system: string, value: string): { code: Concept } => ({
    code: codedConcept(nubc(system), value),
  });
  return [
    receivedOn(scope, sentDay(visit)),
    information('pointoforigin', 'Point Of Origin', code('PointOfOrigin', visit.origin ? '4' : '1')),
    information('admtype', 'Admission Type', code('PriorityTypeOfAdmitOrVisit', admissionType)),
    information(
      'discharge-status',
      'Discharge Status',
      code('PatDischargeStatus', visit.fatal ? '20' : visit.discharge ? '02' : '01'),
    ),
    ...providerNumbers(scope, visit),
  ];
}

function procedureElement(visit: Visit, code: string, text: string): object {
  return {
    sequence: 1,
    type: [codedConcept(carinSystem('C4BBClaimProcedureType'), 'principal', 'Principal')],
    date: isoInstant(visit.startDay, 600),
    procedureCodeableConcept: worded(ICD10PCS, code, text),
  };
}

function stayItem(
  visit: Visit,
  line: StayLine,
  { days, index }: { days: number; index: number },
  ledger: Ledger,
): AdjudicatedItem {
  const quantity = line.perDay ? days : 1;
  const charge = { submittedCents: line.priceCents * quantity, ...decisionOn(visit, index) };
  const { procedure } = line;
  const amounts = ledger(charge, 'medical', visit.startDay, visit.inNetwork);
  return {
    item: {
      revenue: worded(nubc('RevenueCodes'), line.revenue, line.text),
      productOrService: procedure ? worded(HCPCS, ...procedure.code) : NOT_APPLICABLE,
      ...(procedure && { modifier: [worded(HCPCS, ...procedure.modifier)] }),
      servicedPeriod: { start: isoDate(visit.startDay), end: isoDate(visit.endDay) },
      quantity: { value: quantity },
    },
    statuses: (of) => [...adjustmentEntries(of), ...allowedUnits(of, quantity)],
    amounts,
  };
}

function visitItem(visit: Visit, service: Service, index: number, ledger: Ledger): AdjudicatedItem {
  const charge = {
    submittedCents: service.priceCents,
    ...(service.preventive && { preventive: true }),
    ...decisionOn(visit, index),
  };
  const amounts = ledger(charge, 'medical', visit.startDay, visit.inNetwork);
  return {
    item: {
      diagnosisSequence: [1],
      ...(service.revenue && { revenue: worded(nubc('RevenueCodes'), service.revenue, service.text) }),
      productOrService: worded(service.system, service.code, service.text),
      ...modifierOf(service),
      servicedDate: isoDate(visit.startDay),
      locationCodeableConcept: PLACE.outpatient,
      quantity: { value: 1 },
    },
    statuses: (of) => [...adjustmentEntries(of), ...allowedUnits(of)],
    amounts,
  };
}
