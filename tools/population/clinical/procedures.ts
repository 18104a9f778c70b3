import { chartCode } from '../care/diagnoses.ts';
import { sensitivityOf, type Visit } from '../care/visit.ts';
import { isoInstant } from '../fhir/dates.ts';
import { codedConcept, meta, usCoreProfile, type SyntheticResource } from '../fhir/resource.ts';
import { ICD10PCS, SNOMED } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';
import { encounterReference } from './encounters.ts';

const MINUTES_PERFORMED = 600;

/** The operation or screening of the visit, and the medication review of a yearly examination. */
export function proceduresOf(scope: Scope, visit: Visit): SyntheticResource[] {
  const { performed } = visit;
  const coding = performed && [
    { system: SNOMED, code: performed.snomed, display: performed.name },
    ...(performed.icd10pcs ? [{ system: ICD10PCS, code: performed.icd10pcs }] : []),
  ];
  const code = coding
    ? { coding, text: performed.name }
    : visit.wellness && codedConcept(SNOMED, '430193006', 'Medication reconciliation');
  if (!code) return [];
  return [
    {
      resourceType: 'Procedure',
      id: memberId(scope, 'Procedure', visit.key),
      meta: meta([usCoreProfile('procedure')], visit.endDay + 1, sensitivityOf(visit)),
      status: 'completed',
      code,
      subject: scope.patient,
      encounter: encounterReference(scope, visit),
      performedDateTime: isoInstant(visit.startDay, MINUTES_PERFORMED),
      performer: [{ actor: visit.clinician.practitioner, onBehalfOf: visit.facility.organization }],
      location: visit.facility.location,
      reasonCode: visit.diagnoses.slice(0, 1).map(chartCode),
    },
  ];
}
