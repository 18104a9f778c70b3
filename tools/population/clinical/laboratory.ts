import { DIABETES } from '../care/diagnoses.ts';
import { facilityFor, sensitivityOf, type Visit } from '../care/visit.ts';
import { ageOn, isoDate, isoInstant, yearOf } from '../fhir/dates.ts';
import { digitsOf } from '../fhir/identity.ts';
import {
  codedConcept,
  meta,
  usCoreProfile,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7, LOINC, SNOMED } from '../fhir/systems.ts';
import { memberId, memberReference, type Scope } from '../scope.ts';
import { encounterReference } from './encounters.ts';
import { observationOf, ucumQuantity } from './observation.ts';

const ADULT_AGE = 18;

/** LOINC code and name, low and high ends of what we draw, decimals, UCUM unit, normal range. */
type Test = readonly [string, string, number, number, number, string, number, number];

interface Panel {
  loinc: string;
  name: string;
  tests: readonly Test[];
}

const LIPIDS: Panel = {
  loinc: '24331-1',
  name: 'Lipid 1996 panel - Serum or Plasma',
  tests: [
    ['2093-3', 'Cholesterol [Mass/volume] in Serum or Plasma', 140, 260, 0, 'mg/dL', 0, 200],
    ['2571-8', 'Triglyceride [Mass/volume] in Serum or Plasma', 60, 240, 0, 'mg/dL', 0, 150],
    ['2085-9', 'Cholesterol in HDL [Mass/volume] in Serum or Plasma', 32, 78, 0, 'mg/dL', 40, 100],
  ],
};
const BLOOD_COUNT: Panel = {
  loinc: '58410-2',
  name: 'CBC panel - Blood by Automated count',
  tests: [
    ['718-7', 'Hemoglobin [Mass/volume] in Blood', 11.2, 16.8, 1, 'g/dL', 12, 17.5],
    ['6690-2', 'Leukocytes [#/volume] in Blood by Automated count', 3.9, 11.5, 1, '10*3/uL', 4.5, 11],
    ['777-3', 'Platelets [#/volume] in Blood by Automated count', 140, 420, 0, '10*3/uL', 150, 400],
  ],
};
const DIABETES_CONTROL: Panel = {
  loinc: '55399-0',
  name: 'Diabetes tracking panel',
  tests: [
    ['4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood', 5.6, 9.1, 1, '%', 4, 5.7],
    ['2345-7', 'Glucose [Mass/volume] in Serum or Plasma', 84, 210, 0, 'mg/dL', 70, 99],
  ],
};

/** Laboratory work ordered at an adult's yearly examination, one panel or the other by turns, and at the first diabetes follow-up of a year. */
export function laboratoryOf(scope: Scope, visit: Visit): SyntheticResource[] {
  const isAdult = ageOn(scope.member.birthDay, visit.startDay) >= ADULT_AGE;
  if (visit.wellness && isAdult)
    return panelRecords(scope, visit, yearOf(visit.startDay) % 2 === 0 ? LIPIDS : BLOOD_COUNT);
  const isDiabetesCheck = visit.diagnoses[0] === DIABETES && visit.key.endsWith('-0');
  return isDiabetesCheck ? panelRecords(scope, visit, DIABETES_CONTROL) : [];
}

function panelRecords(scope: Scope, visit: Visit, panel: Panel): SyntheticResource[] {
  const key = `${visit.key}/${panel.loinc}`;
  const order = memberReference(scope, 'ServiceRequest', key, panel.name);
  const specimen = memberReference(scope, 'Specimen', key, 'Blood specimen');
  const accession = {
    system: `${scope.tenant.base}/accession-number`,
    value: digitsOf(`accession/${scope.tenant.name}/${scope.member.key}/${key}`, 10),
  };
  const results = panel.tests.map((test) => resultOf(scope, visit, test, order, specimen));
  const code = codedConcept(LOINC, panel.loinc, panel.name);
  return [
    orderOf(scope, visit, key, code),
    {
      resourceType: 'Specimen',
      id: memberId(scope, 'Specimen', key),
      meta: meta([usCoreProfile('specimen')], visit.endDay + 1, sensitivityOf(visit)),
      identifier: [accession],
      accessionIdentifier: accession,
      type: codedConcept(SNOMED, '119297000', 'Blood specimen'),
      subject: scope.patient,
      receivedTime: isoInstant(visit.startDay, 700),
      request: [order],
      collection: {
        collectedDateTime: isoInstant(visit.startDay, 560),
        bodySite: codedConcept(SNOMED, '368209003', 'Right upper arm'),
      },
      condition: [codedConcept(hl7('v2-0493'), 'ROOM', 'Room temperature')],
    },
    ...results,
    reportOf(scope, visit, { key, code, order, specimen, results }),
  ];
}

function resultOf(
  scope: Scope,
  visit: Visit,
  test: Test,
  order: Reference,
  specimen: Reference,
): SyntheticResource {
  const [loinc, name, from, to, decimals, unit, low, high] = test;
  const scale = 10 ** decimals;
  const value = Math.round((from + scope.random.next() * (to - from)) * scale) / scale;
  const flag = flagOf(value, low, high);
  return observationOf(scope, visit, {
    loinc,
    name,
    profile: 'observation-lab',
    category: 'laboratory',
    result: {
      valueQuantity: ucumQuantity(value, unit),
      interpretation: [codedConcept(hl7('v3-ObservationInterpretation'), ...flag)],
      specimen,
      referenceRange: [{ low: ucumQuantity(low, unit), high: ucumQuantity(high, unit) }],
    },
    performer: facilityFor(scope, 'laboratory').organization,
    order,
  });
}

function flagOf(value: number, low: number, high: number): readonly [string, string] {
  if (value < low) return ['L', 'Low'];
  return value > high ? ['H', 'High'] : ['N', 'Normal'];
}

function orderOf(scope: Scope, visit: Visit, key: string, code: Concept): SyntheticResource {
  return {
    resourceType: 'ServiceRequest',
    id: memberId(scope, 'ServiceRequest', key),
    meta: meta([usCoreProfile('servicerequest')], visit.endDay + 1, sensitivityOf(visit)),
    status: 'completed',
    intent: 'order',
    category: [codedConcept(SNOMED, '108252007', 'Laboratory procedure')],
    code,
    subject: scope.patient,
    encounter: encounterReference(scope, visit),
    occurrenceDateTime: isoDate(visit.startDay),
    authoredOn: isoDate(visit.startDay),
    requester: visit.clinician.practitioner,
    performer: [facilityFor(scope, 'laboratory').organization],
    reasonCode: [{ text: visit.diagnoses[0]?.name }],
  };
}

interface Report {
  key: string;
  code: Concept;
  order: Reference;
  specimen: Reference;
  results: readonly SyntheticResource[];
}

function reportOf(
  scope: Scope,
  visit: Visit,
  { key, code, order, specimen, results }: Report,
): SyntheticResource {
  const laboratory = facilityFor(scope, 'laboratory');
  const pathologists = scope.directory.clinicians.pathology.filter(({ facility }) => facility === laboratory);
  return {
    resourceType: 'DiagnosticReport',
    id: memberId(scope, 'DiagnosticReport', key),
    meta: meta([usCoreProfile('diagnosticreport-lab')], visit.endDay + 1, sensitivityOf(visit)),
    basedOn: [order],
    status: 'final',
    category: [codedConcept(hl7('v2-0074'), 'LAB', 'Laboratory')],
    code,
    subject: scope.patient,
    encounter: encounterReference(scope, visit),
    effectiveDateTime: isoInstant(visit.startDay, 560),
    issued: isoInstant(visit.endDay, 900),
    performer: [laboratory.organization, ...pathologists.slice(0, 1).map(({ practitioner }) => practitioner)],
    specimen: [specimen],
    result: results.map((result) => ({
      reference: `Observation/${result.id}`,
      display: (result['code'] as Concept).text ?? '',
    })),
  };
}
