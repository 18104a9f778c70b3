import { DEPRESSION } from '../care/diagnoses.ts';
import type { Visit } from '../care/visit.ts';
import { ageOn } from '../fhir/dates.ts';
import { random } from '../fhir/random.ts';
import { codedConcept, type SyntheticResource } from '../fhir/resource.ts';
import { LOINC, SNOMED } from '../fhir/systems.ts';
import type { Scope } from '../scope.ts';
import { observationOf, ucumQuantity, type Finding } from './observation.ts';

const ADULT_AGE = 18;
const SMOKING = [
  ['266919005', 'Never smoked tobacco'],
  ['266919005', 'Never smoked tobacco'],
  ['8517006', 'Ex-smoker'],
  ['449868002', 'Smokes tobacco daily'],
] as const;

/** Blood pressure, heart rate, height, weight and body mass index: at examinations all, else pressure. */
export function vitalSignsOf(scope: Scope, visit: Visit): SyntheticResource[] {
  if (visit.kind !== 'office') return [];
  const stream = scope.random;
  const pulse = vital(
    '8867-4',
    'Heart rate',
    'heart-rate',
    ucumQuantity(stream.int(58, 92), '/min', 'beats/minute'),
  );
  const pressure = bloodPressure(stream.int(108, 142), stream.int(66, 90));
  const all = visit.wellness ? [pressure, pulse, ...bodyMeasures(scope, visit)] : [pressure];
  return all.map((finding) => observationOf(scope, visit, finding));
}

function vital(loinc: string, name: string, profile: string, value: object): Finding {
  return { loinc, name, profile, category: 'vital-signs', result: { valueQuantity: value } };
}

function bloodPressure(systolic: number, diastolic: number): Finding {
  const part = (code: string, name: string, value: number) => ({
    code: codedConcept(LOINC, code, name),
    valueQuantity: ucumQuantity(value, 'mm[Hg]', 'mmHg'),
  });
  const component = [
    part('8480-6', 'Systolic blood pressure', systolic),
    part('8462-4', 'Diastolic blood pressure', diastolic),
  ];
  const name = 'Blood pressure panel with all children optional';
  return {
    loinc: '85354-9',
    name,
    profile: 'blood-pressure',
    category: 'vital-signs',
    result: { component },
  };
}

/** Height is the person's own and grows with a child; weight follows height. */
function bodyMeasures(scope: Scope, visit: Visit): Finding[] {
  const own = random(`body/${scope.tenant.name}/${scope.member.key}`);
  const grownCentimetres = scope.member.gender === 'female' ? own.int(154, 176) : own.int(166, 190);
  const growth = Math.min(1, 0.3 + (0.7 * ageOn(scope.member.birthDay, visit.startDay)) / ADULT_AGE);
  const height = Math.round(grownCentimetres * growth);
  const targetIndex = 16 + growth * own.int(5, 14) + scope.random.int(-1, 1);
  const weight = Math.round(targetIndex * (height / 100) ** 2 * 10) / 10;
  const index = Math.round((weight / (height / 100) ** 2) * 10) / 10;
  return [
    vital('8302-2', 'Body height', 'body-height', ucumQuantity(height, 'cm')),
    vital('29463-7', 'Body weight', 'body-weight', ucumQuantity(weight, 'kg')),
    vital('39156-5', 'Body mass index (BMI) [Ratio]', 'bmi', ucumQuantity(index, 'kg/m2')),
  ];
}

/** Smoking status at examinations of adults; PHQ-9 score at visits for depression. */
export function socialHistoryOf(scope: Scope, visit: Visit): SyntheticResource[] {
  const findings: Finding[] = [];
  if (visit.wellness && ageOn(scope.member.birthDay, visit.startDay) >= ADULT_AGE) {
    const [code, name] = random(`smoking/${scope.tenant.name}/${scope.member.key}`).pick(SMOKING);
    const result = { valueCodeableConcept: codedConcept(SNOMED, code, name) };
    const label = 'Tobacco smoking status';
    findings.push({
      loinc: '72166-2',
      name: label,
      profile: 'smokingstatus',
      category: 'social-history',
      result,
    });
  }
  if (visit.kind === 'office' && visit.diagnoses[0] === DEPRESSION) {
    const name = 'Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]';
    const result = { valueQuantity: ucumQuantity(scope.random.int(4, 19), '{score}', 'score') };
    findings.push({
      loinc: '44261-6',
      name,
      profile: 'observation-screening-assessment',
      category: 'survey',
      result,
    });
  }
  return findings.map((finding) => observationOf(scope, visit, finding));
}
