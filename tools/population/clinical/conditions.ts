import {
  ADULT_EXAM,
  chartCode,
  CHEMOTHERAPY,
  CHILD_EXAM,
  COLON_SCREENING,
  DELIVERY,
  type Diagnosis,
  LIVE_BIRTH,
} from '../care/diagnoses.ts';
import type { History } from '../care/history.ts';
import { sensitivityOf, type Visit } from '../care/visit.ts';
import { isoDate } from '../fhir/dates.ts';
import {
  codedConcept,
  meta,
  usCoreProfile,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
import { memberId, memberReference, type Scope } from '../scope.ts';
import { encounterReference } from './encounters.ts';

const ASSERTED_DATE = 'http://hl7.org/fhir/StructureDefinition/condition-assertedDate';
const PROBLEM = codedConcept(hl7('condition-category'), 'problem-list-item', 'Problem List Item');
const ENCOUNTER_DIAGNOSIS = codedConcept(
  hl7('condition-category'),
  'encounter-diagnosis',
  'Encounter Diagnosis',
);
const CONFIRMED = codedConcept(hl7('condition-ver-status'), 'confirmed', 'Confirmed');
const ACTIVE = codedConcept(hl7('condition-clinical'), 'active', 'Active');
const RESOLVED = codedConcept(hl7('condition-clinical'), 'resolved', 'Resolved');
const RECOVERY_DAYS = 21;
/** Reasons for a visit that are no illness. */
const EXAMINATIONS: ReadonlySet<Diagnosis> = new Set([
  ADULT_EXAM,
  CHILD_EXAM,
  CHEMOTHERAPY,
  COLON_SCREENING,
  DELIVERY,
  LIVE_BIRTH,
]);

/** The problem list: the member's lasting conditions. */
export function problemsOf(scope: Scope, history: History): SyntheticResource[] {
  return history.chronic.flatMap(({ diagnosis }) => {
    const first = history.visits.find(({ diagnoses }) => diagnoses[0] === diagnosis);
    if (first === undefined) return [];
    const onset = first.startDay - 30;
    return [
      {
        resourceType: 'Condition',
        id: memberId(scope, 'Condition', problemKey(diagnosis)),
        meta: meta(
          [usCoreProfile('condition-problems-health-concerns')],
          first.startDay + 1,
          diagnosis.sensitivity,
        ),
        ...body(scope, diagnosis, ACTIVE, PROBLEM, onset),
        encounter: encounterReference(scope, first),
        onsetDateTime: isoDate(onset),
        recordedDate: isoDate(first.startDay),
        recorder: first.clinician.practitioner,
        asserter: first.clinician.practitioner,
      },
    ];
  });
}

/** Acute illness and injury found at a visit. */
export function visitDiagnosesOf(scope: Scope, visit: Visit): SyntheticResource[] {
  const [diagnosis] = visit.diagnoses;
  const isNews = visit.key.startsWith('acute') || visit.kind === 'inpatient' || visit.kind === 'outpatient';
  if (diagnosis === undefined || !isNews || EXAMINATIONS.has(diagnosis)) return [];
  return [
    {
      resourceType: 'Condition',
      id: memberId(scope, 'Condition', visit.key),
      meta: meta([usCoreProfile('condition-encounter-diagnosis')], visit.endDay + 1, sensitivityOf(visit)),
      ...body(scope, diagnosis, RESOLVED, ENCOUNTER_DIAGNOSIS, visit.startDay),
      encounter: encounterReference(scope, visit),
      onsetDateTime: isoDate(visit.startDay),
      abatementDateTime: isoDate(visit.startDay + RECOVERY_DAYS),
      recordedDate: isoDate(visit.startDay),
      recorder: visit.clinician.practitioner,
    },
  ];
}

/** Reference to a condition on the problem list. */
export function problemReference(scope: Scope, diagnosis: Diagnosis): Reference {
  return memberReference(scope, 'Condition', problemKey(diagnosis), diagnosis.name);
}

function problemKey(diagnosis: Diagnosis): string {
  return `problem-${diagnosis.icd10}`;
}

function body(
  scope: Scope,
  diagnosis: Diagnosis,
  status: Concept,
  category: Concept,
  assertedDay: number,
): object {
  return {
    extension: [{ url: ASSERTED_DATE, valueDateTime: isoDate(assertedDay) }],
    clinicalStatus: status,
    verificationStatus: CONFIRMED,
    category: [category],
    code: chartCode(diagnosis),
    subject: scope.patient,
  };
}
