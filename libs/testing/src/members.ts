/** Small resources of a member, built by hand. */
import type { Resource } from '@patient-access/fhir';

type Content = Record<string, unknown>;

const ofPatient = (member: string) => ({ reference: `Patient/${member}` });

/** A final Observation of LOINC 8867-4 (heart rate), category vital-signs. */
export function observation(id: string, member: string, content: Content = {}): Resource {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'vital-signs')],
    code: concept('http://loinc.org', '8867-4'),
    subject: ofPatient(member),
    effectiveDateTime: '2026-03-01',
    ...content,
  };
}

/** An active Condition. */
export function condition(id: string, member: string, content: Content = {}): Resource {
  return {
    resourceType: 'Condition',
    id,
    code: concept('http://snomed.info/sct', '38341003'),
    subject: ofPatient(member),
    ...content,
  };
}

/** A Practitioner, which is reference data. */
export function practitioner(id: string, family: string): Resource {
  return { resourceType: 'Practitioner', id, name: [{ family, given: ['Kim'] }] };
}

/** A CodeableConcept of one coding. */
export function concept(system: string, code: string) {
  return { coding: [{ system, code }] };
}
