import { sensitivityOf, type Visit } from '../care/visit.ts';
import { isoDate, isoInstant } from '../fhir/dates.ts';
import { codedConcept, meta, usCoreProfile, type Concept, type SyntheticResource } from '../fhir/resource.ts';
import { LOINC } from '../fhir/systems.ts';
import { fullName } from '../people/families.ts';
import { memberId, type Scope } from '../scope.ts';
import { encounterReference } from './encounters.ts';

const PROGRESS_NOTE = codedConcept(LOINC, '11506-3', 'Progress note');
const DISCHARGE_SUMMARY = codedConcept(LOINC, '18842-5', 'Discharge summary');
const CATEGORY = codedConcept(
  'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
  'clinical-note',
  'Clinical Note',
);
const TEXT = 'text/plain; charset=utf-8';
const MINUTES_SIGNED = 1_020;

/** A note for every stay, hospital visit and yearly examination, and for restricted visits; with its text. */
export function documentsOf(scope: Scope, visit: Visit): SyntheticResource[] {
  if (visit.kind === 'office' && !visit.wellness && sensitivityOf(visit) === undefined) return [];
  return noteOf(scope, visit, visit.key, visit.kind === 'inpatient' ? DISCHARGE_SUMMARY : PROGRESS_NOTE);
}

/** A note about a visit and its text; `key` names both among the member's documents. */
export function noteOf(scope: Scope, visit: Visit, key: string, type: Concept): SyntheticResource[] {
  const text = Buffer.from(noteText(scope, visit, type), 'utf8');
  const binaryId = memberId(scope, 'Binary', key);
  return [
    documentReference(scope, visit, { key, type, binaryId, bytes: text.length }),
    {
      resourceType: 'Binary',
      id: binaryId,
      meta: meta(['http://hl7.org/fhir/StructureDefinition/Binary'], visit.endDay + 1, sensitivityOf(visit)),
      contentType: TEXT,
      securityContext: scope.patient,
      data: text.toString('base64'),
    },
  ];
}

/** The text of a note as an Attachment. */
export function noteAttachment(scope: Scope, visit: Visit, key: string, type: Concept): object {
  const url = `Binary/${memberId(scope, 'Binary', key)}`;
  return { contentType: TEXT, url, title: `${type.text} ${isoDate(visit.endDay)}` };
}

interface Text {
  key: string;
  type: Concept;
  binaryId: string;
  bytes: number;
}

function documentReference(
  scope: Scope,
  visit: Visit,
  { key, type, binaryId, bytes }: Text,
): SyntheticResource {
  return {
    resourceType: 'DocumentReference',
    id: memberId(scope, 'DocumentReference', key),
    meta: meta([usCoreProfile('documentreference')], visit.endDay + 1, sensitivityOf(visit)),
    identifier: [{ system: `${scope.tenant.base}/document`, value: memberId(scope, 'document-number', key) }],
    status: 'current',
    type,
    category: [CATEGORY],
    subject: scope.patient,
    date: isoInstant(visit.endDay, MINUTES_SIGNED),
    author: [visit.clinician.practitioner],
    custodian: visit.facility.organization,
    content: [
      {
        attachment: {
          contentType: TEXT,
          url: `Binary/${binaryId}`,
          size: bytes,
          title: `${type.text} ${isoDate(visit.endDay)}`,
        },
        format: {
          system: 'http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem',
          code: 'urn:ihe:iti:xds:2017:mimeTypeSufficient',
          display: 'mimeType Sufficient',
        },
      },
    ],
    context: {
      encounter: [encounterReference(scope, visit)],
      period: { start: isoDate(visit.startDay), end: isoDate(visit.endDay) },
    },
  };
}

function noteText(scope: Scope, visit: Visit, type: Concept): string {
  return [
    `${type.text}, ${isoDate(visit.endDay)}`,
    `Patient: ${fullName(scope.member)}, born ${isoDate(scope.member.birthDay)}`,
    `Seen at ${visit.facility.organization.display} by ${visit.clinician.practitioner.display}.`,
    `Assessment: ${visit.diagnoses.map(({ name }) => name).join('; ')}.`,
    visit.performed ? `Done: ${visit.performed.name}.` : 'No procedure.',
    'Plan: continue as agreed, return if anything gets worse.',
    '',
  ].join('\n');
}
