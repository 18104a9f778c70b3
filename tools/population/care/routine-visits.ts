import { ageOn } from '../fhir/dates.ts';
import type { Scope } from '../scope.ts';
import { CARIES, DENTAL_EXAM, MYOPIA } from './diagnoses.ts';
import { SERVICES } from './services.ts';
import { careDay, clinicianFor, coveredYears, type PlannedVisit } from './visit.ts';

const DENTAL_FROM_AGE = 3;
const VISION_FROM_AGE = 6;
/** From this age on, teeth are those of an adult to dentists' codes. */
const ADULT_TEETH_AGE = 14;

/** Dental and vision care: twice a year, and in most years. */
export function planRoutineVisits(scope: Scope): PlannedVisit[] {
  return coveredYears(scope).flatMap((year) => [
    ...dentalVisit(scope, `${year}-a`, year),
    ...dentalVisit(scope, `${year}-b`, year),
    ...visionVisit(scope, year),
  ]);
}

function dentalVisit(scope: Scope, key: string, year: number): PlannedVisit[] {
  const day = careDay(scope, year);
  const needsFilling = scope.random.chance(0.25);
  if (day === undefined) return [];
  const age = ageOn(scope.member.birthDay, day);
  if (age < DENTAL_FROM_AGE) return [];
  const { oralExam, cleaning, childCleaning, bitewings, filling } = SERVICES;
  const clinician = clinicianFor(scope, 'dentist', day);
  return [
    {
      key: `dental-${key}`,
      kind: 'oral',
      startDay: day,
      endDay: day,
      diagnoses: needsFilling ? [CARIES] : [DENTAL_EXAM],
      services: needsFilling
        ? [oralExam, bitewings, filling]
        : [oralExam, age < ADULT_TEETH_AGE ? childCleaning : cleaning],
      clinician,
      facility: clinician.facility,
    },
  ];
}

function visionVisit(scope: Scope, year: number): PlannedVisit[] {
  const day = careDay(scope, year);
  const wanted = scope.random.chance(0.6);
  if (day === undefined || !wanted || ageOn(scope.member.birthDay, day) < VISION_FROM_AGE) return [];
  const { eyeExam, frames, lenses } = SERVICES;
  const clinician = clinicianFor(scope, 'optometry', day);
  return [
    {
      key: `vision-${year}`,
      kind: 'vision',
      startDay: day,
      endDay: day,
      diagnoses: [MYOPIA],
      services: scope.random.chance(0.5) ? [eyeExam, frames, lenses] : [eyeExam],
      clinician,
      facility: clinician.facility,
    },
  ];
}
