import type { Visit } from '../care/visit.ts';
import { ageOn, isoDate } from '../fhir/dates.ts';
import { codedConcept, meta, usCoreProfile, type SyntheticResource } from '../fhir/resource.ts';
import { CVX } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';
import { encounterReference } from './encounters.ts';

type Vaccine = readonly [string, string];

const FLU: Vaccine = ['140', 'Influenza, seasonal, injectable, preservative free'];
/** Vaccines due at an age in years. */
const SCHEDULE: Readonly<Record<number, readonly Vaccine[]>> = {
  1: [
    ['03', 'MMR'],
    ['21', 'varicella'],
  ],
  4: [
    ['20', 'DTaP'],
    ['10', 'IPV'],
  ],
  11: [['115', 'Tdap']],
  50: [['187', 'zoster recombinant']],
  65: [['33', 'pneumococcal polysaccharide vaccine, 23 valent']],
};

/** Influenza vaccine at every yearly examination, the others in the year they are due. */
export function immunizationsOf(scope: Scope, visit: Visit): SyntheticResource[] {
  if (!visit.wellness) return [];
  const due = SCHEDULE[ageOn(scope.member.birthDay, visit.startDay)] ?? [];
  return [FLU, ...due].map(([code, name]) => ({
    resourceType: 'Immunization',
    id: memberId(scope, 'Immunization', `${visit.key}/${code}`),
    meta: meta([usCoreProfile('immunization')], visit.endDay + 1),
    status: 'completed',
    vaccineCode: codedConcept(CVX, code, name),
    patient: scope.patient,
    encounter: encounterReference(scope, visit),
    occurrenceDateTime: isoDate(visit.startDay),
    primarySource: true,
    location: visit.facility.location,
    performer: [{ actor: visit.clinician.practitioner }],
  }));
}
