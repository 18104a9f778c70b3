import { isoDate } from '../fhir/dates.ts';
import { codedConcept, meta, usCoreProfile, type SyntheticResource } from '../fhir/resource.ts';
import { hl7, SNOMED } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';

const ALLERGIES = [
  ['91936005', 'Allergy to penicillin', 'medication'],
  ['91934008', 'Allergy to nut', 'food'],
  ['300913006', 'Allergy to shellfish', 'food'],
  ['419263009', 'Allergy to tree pollen', 'environment'],
] as const;

/** One known allergy for a third of the members; for the rest the statement that there is none. */
export function allergiesOf(scope: Scope): SyntheticResource[] {
  const byChance = scope.random.chance(0.35);
  const isAllergic = byChance || scope.member.persona === 'complete';
  const [code, name, category] = scope.random.pick(ALLERGIES);
  const recordedDay = scope.enrollment.startDay + 20;
  return [
    {
      resourceType: 'AllergyIntolerance',
      id: memberId(scope, 'AllergyIntolerance', 'known'),
      meta: meta([usCoreProfile('allergyintolerance')], recordedDay),
      clinicalStatus: codedConcept(hl7('allergyintolerance-clinical'), 'active', 'Active'),
      verificationStatus: codedConcept(hl7('allergyintolerance-verification'), 'confirmed', 'Confirmed'),
      ...(isAllergic && { type: 'allergy', category: [category], criticality: 'low' }),
      code: isAllergic
        ? codedConcept(SNOMED, code, name)
        : codedConcept(SNOMED, '716186003', 'No known allergy'),
      patient: scope.patient,
      recordedDate: isoDate(recordedDay),
      ...(isAllergic && {
        reaction: [{ manifestation: [codedConcept(SNOMED, '247472004', 'Hives')], severity: 'mild' }],
      }),
    },
  ];
}
