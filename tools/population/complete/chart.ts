import type { History } from '../care/history.ts';
import type { Visit } from '../care/visit.ts';
import { noteAttachment, noteOf } from '../clinical/documents.ts';
import { encounterReference } from '../clinical/encounters.ts';
import { assessmentCategory } from '../clinical/observation.ts';
import { provenanceOf } from '../clinical/provenance.ts';
import { isoDate, isoInstant } from '../fhir/dates.ts';
import {
  codedConcept,
  meta,
  usCoreProfile,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { CVX, hl7, LOINC, SNOMED } from '../fhir/systems.ts';
import { memberId, memberReference, type Scope } from '../scope.ts';
import { imageOfReport, imageRecords } from './image.ts';
import { completeObservations } from './observations.ts';
import { questionnaireResponseOf } from './questionnaire.ts';

const CONDITION_CATEGORY = 'http://hl7.org/fhir/us/core/CodeSystem/condition-category';
const ABSENT_EXTENSION = {
  url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
  valueCode: 'unknown',
};

interface Note {
  loinc: string;
  name: string;
  /** The note is a diagnostic report, too: its category, the finding that it is about, and whether it has an image. */
  report?: { category: readonly [string, string]; finding: string; hasImage?: boolean };
}

/** The kinds of clinical note that US Core names, beside the progress notes and discharge summaries of all members. */
const NOTES: readonly Note[] = [
  { loinc: '11488-4', name: 'Consultation note' },
  { loinc: '34117-2', name: 'History and physical note' },
  { loinc: '28570-0', name: 'Procedure note' },
  {
    loinc: '18748-4',
    name: 'Diagnostic imaging study',
    report: { category: ['LP29684-5', 'Radiology'], finding: '18782-3', hasImage: true },
  },
  { loinc: '11502-2', name: 'Laboratory report' },
  {
    loinc: '11526-1',
    name: 'Pathology study',
    report: { category: ['LP7839-6', 'Pathology'], finding: '600-7' },
  },
  {
    loinc: '11524-6',
    name: 'EKG study',
    report: { category: ['LP29708-2', 'Cardiology'], finding: '8601-7' },
  },
];

/**
 * Everything of the guides that no ordinary chart has, made around the last examination.
 *
 * @param others records of which nothing else says where they are from
 */
export function completeChartOf(
  scope: Scope,
  history: History,
  others: readonly SyntheticResource[],
): SyntheticResource[] {
  const visit = history.visits.findLast(({ wellness }) => wellness);
  const operation = history.visits.find(({ performed }) => performed?.implant);
  if (!visit || !operation) throw new Error('the complete member has had no examination or no operation');
  const observation = (code: string): Reference =>
    memberReference(scope, 'Observation', `${visit.key}/${code}`, 'Finding of this visit');
  const questionnaireResponse = memberReference(
    scope,
    'QuestionnaireResponse',
    visit.key,
    'Answers of the patient',
  );
  const made = [
    questionnaireResponseOf(scope, visit, visit.key, scope.patient),
    questionnaireResponseOf(scope, visit, `${visit.key}/interview`, visit.clinician.practitioner),
    ...completeObservations(scope, visit, { questionnaireResponse, observation }),
    ...NOTES.flatMap((note) => noteRecords(scope, visit, note, observation)),
    foodInsecurityOf(scope, visit),
    ...vaccinesOf(scope, visit),
    ...referralOf(scope, visit, operation),
  ];
  const targets = [...others, ...made].filter(({ resourceType }) => resourceType !== 'Binary');
  return [...made, provenanceOf(scope, { key: 'complete', day: visit.endDay, author: visit, targets })];
}

function noteRecords(
  scope: Scope,
  visit: Visit,
  { loinc, name, report }: Note,
  observation: (code: string) => Reference,
): SyntheticResource[] {
  const key = `${visit.key}/${loinc}`;
  const type = codedConcept(LOINC, loinc, name);
  const note = noteOf(scope, visit, key, type);
  if (!report) return note;
  return [
    ...note,
    ...(report.hasImage ? imageRecords(scope, visit, key) : []),
    {
      resourceType: 'DiagnosticReport',
      id: memberId(scope, 'DiagnosticReport', key),
      meta: meta([usCoreProfile('diagnosticreport-note')], visit.endDay + 1),
      status: 'final',
      category: [codedConcept(LOINC, ...report.category)],
      code: type,
      subject: scope.patient,
      encounter: encounterReference(scope, visit),
      effectiveDateTime: isoInstant(visit.startDay, 600),
      issued: isoInstant(visit.endDay, 900),
      performer: [visit.clinician.practitioner, visit.facility.organization],
      result: [observation(report.finding)],
      ...(report.hasImage && { media: imageOfReport(scope, key) }),
      presentedForm: [noteAttachment(scope, visit, key, type)],
    },
  ];
}

/** A health concern that was over when a screening at the visit found it. */
function foodInsecurityOf(scope: Scope, visit: Visit): SyntheticResource {
  return {
    resourceType: 'Condition',
    id: memberId(scope, 'Condition', 'food-insecurity'),
    meta: meta([usCoreProfile('condition-problems-health-concerns')], visit.endDay + 1),
    extension: [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/condition-assertedDate',
        valueDateTime: isoDate(visit.startDay),
      },
    ],
    clinicalStatus: codedConcept(hl7('condition-clinical'), 'resolved', 'Resolved'),
    verificationStatus: codedConcept(hl7('condition-ver-status'), 'confirmed', 'Confirmed'),
    category: [
      codedConcept(CONDITION_CATEGORY, 'health-concern', 'Health Concern'),
      assessmentCategory('sdoh'),
    ],
    code: codedConcept(SNOMED, '733423003', 'Food insecurity'),
    subject: scope.patient,
    encounter: encounterReference(scope, visit),
    onsetDateTime: isoDate(visit.startDay - 200),
    abatementDateTime: isoDate(visit.startDay),
    recordedDate: isoDate(visit.startDay),
    recorder: visit.clinician.practitioner,
  };
}

/** A vaccine that the patient did not want, and one whose date nobody knows. */
function vaccinesOf(scope: Scope, visit: Visit): SyntheticResource[] {
  const common = (key: string, vaccine: Concept) => ({
    resourceType: 'Immunization',
    id: memberId(scope, 'Immunization', key),
    meta: meta([usCoreProfile('immunization')], visit.endDay + 1),
    vaccineCode: vaccine,
    patient: scope.patient,
  });
  return [
    {
      ...common('refused', codedConcept(CVX, '62', 'HPV, quadrivalent')),
      status: 'not-done',
      statusReason: codedConcept(hl7('v3-ActReason'), 'PATOBJ', 'patient objection'),
      encounter: encounterReference(scope, visit),
      occurrenceDateTime: isoDate(visit.startDay),
      primarySource: true,
    },
    {
      ...common('date-unknown', codedConcept(CVX, '03', 'MMR')),
      status: 'completed',
      _occurrenceDateTime: { extension: [ABSENT_EXTENSION] },
      primarySource: false,
    },
  ];
}

/** The order for checks of the pacemaker, and the check that was done for it. */
function referralOf(scope: Scope, visit: Visit, operation: Visit): SyntheticResource[] {
  const code = codedConcept(SNOMED, '307280005', 'Implantation of cardiac pacemaker');
  const order = memberReference(scope, 'ServiceRequest', 'pacemaker', 'Implantation of cardiac pacemaker');
  const reason = memberReference(scope, 'Condition', operation.key, operation.diagnoses[0]?.name ?? '');
  return [
    {
      resourceType: 'ServiceRequest',
      id: memberId(scope, 'ServiceRequest', 'pacemaker'),
      meta: meta([usCoreProfile('servicerequest')], operation.endDay + 1),
      status: 'completed',
      intent: 'order',
      category: [codedConcept(SNOMED, '387713003', 'Surgical procedure')],
      code,
      subject: scope.patient,
      encounter: encounterReference(scope, operation),
      occurrencePeriod: { start: isoDate(operation.startDay), end: isoDate(operation.endDay) },
      authoredOn: isoDate(operation.startDay),
      requester: operation.clinician.practitioner,
      reasonReference: [reason],
    },
    {
      resourceType: 'Procedure',
      id: memberId(scope, 'Procedure', 'pacemaker-ordered'),
      meta: meta([usCoreProfile('procedure')], visit.endDay + 1),
      basedOn: [order],
      status: 'completed',
      code: codedConcept(SNOMED, '252425004', 'Cardiac pacemaker procedure'),
      subject: scope.patient,
      encounter: encounterReference(scope, operation),
      performedDateTime: isoInstant(operation.startDay, 660),
      performer: [{ actor: operation.clinician.practitioner }],
      reasonReference: [reason],
    },
  ];
}
