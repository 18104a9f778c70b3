import { chartCode } from '../care/diagnoses.ts';
import { sensitivityOf, type Visit } from '../care/visit.ts';
import { isoInstant } from '../fhir/dates.ts';
import {
  codedConcept,
  meta,
  usCoreProfile,
  type SyntheticCoding,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7, SNOMED } from '../fhir/systems.ts';
import { memberId, memberReference, type Scope } from '../scope.ts';

const MINUTES_STARTED = 540;
const MINUTES_ENDED = 570;

const AMBULATORY: SyntheticCoding = { system: hl7('v3-ActCode'), code: 'AMB', display: 'ambulatory' };
const INPATIENT: SyntheticCoding = { system: hl7('v3-ActCode'), code: 'IMP', display: 'inpatient encounter' };
const HOME: SyntheticCoding = { system: hl7('v3-ActCode'), code: 'HH', display: 'home health' };
const DISCHARGED_HOME = codedConcept(hl7('discharge-disposition'), 'home', 'Home');
const EXPIRED = codedConcept(hl7('discharge-disposition'), 'exp', 'Expired');
const CHECK_UP = codedConcept(SNOMED, '185349003', 'Encounter for check up');
const SYMPTOM = codedConcept(SNOMED, '185345009', 'Encounter for symptom');
const ADMISSION = codedConcept(SNOMED, '32485007', 'Hospital admission');

export function encounterOf(scope: Scope, visit: Visit): SyntheticResource {
  const sensitivity = sensitivityOf(visit);
  const period = {
    start: isoInstant(visit.startDay, MINUTES_STARTED),
    end: isoInstant(visit.endDay, MINUTES_ENDED),
  };
  return {
    resourceType: 'Encounter',
    id: memberId(scope, 'Encounter', visit.key),
    meta: meta([usCoreProfile('encounter')], visit.endDay + 1, sensitivity),
    identifier: [
      { system: `${scope.tenant.base}/encounter`, value: memberId(scope, 'encounter-number', visit.key) },
    ],
    status: 'finished',
    class: classOf(visit),
    type: [typeOf(visit)],
    subject: scope.patient,
    participant: [
      {
        type: [codedConcept(hl7('v3-ParticipationType'), 'PPRF', 'primary performer')],
        period,
        individual: visit.clinician.practitioner,
      },
    ],
    period,
    reasonCode: visit.diagnoses.slice(0, 1).map(chartCode),
    ...(visit.kind === 'inpatient' && {
      hospitalization: {
        dischargeDisposition: visit.fatal ? EXPIRED : DISCHARGED_HOME,
      },
    }),
    location: [{ location: visit.facility.location }],
    serviceProvider: visit.facility.organization,
  };
}

/** What the records made at a visit refer to. */
export function encounterReference(scope: Scope, visit: Visit): Reference {
  return memberReference(scope, 'Encounter', visit.key, typeOf(visit).text ?? 'Encounter');
}

function typeOf(visit: Visit): Concept {
  if (visit.kind === 'inpatient') return ADMISSION;
  return visit.key.startsWith('acute') ? SYMPTOM : CHECK_UP;
}

function classOf(visit: Visit): SyntheticCoding {
  if (visit.kind === 'inpatient') return INPATIENT;
  return visit.kind === 'home' ? HOME : AMBULATORY;
}
