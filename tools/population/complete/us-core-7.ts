/**
 * What US Core asks for since version 7.0.0. The observations are of its new profiles; in the guides of 2023 they are
 * observations without a profile.
 */
import { ucumQuantity, type Finding } from '../clinical/observation.ts';
import { isoDate } from '../fhir/dates.ts';
import { codedConcept } from '../fhir/resource.ts';
import { hl7, LOINC, SNOMED } from '../fhir/systems.ts';

/** @param systolic and diastolic value, or the reason why there is none */
const pressures = (systolic: object, diastolic: object) => [
  { code: codedConcept(LOINC, '96608-5', 'Systolic blood pressure mean'), ...systolic },
  { code: codedConcept(LOINC, '96609-3', 'Diastolic blood pressure mean'), ...diastolic },
];
const inMmHg = (value: number) => ({ valueQuantity: ucumQuantity(value, 'mm[Hg]', 'mmHg') });
const ABSENT = { dataAbsentReason: codedConcept(hl7('data-absent-reason'), 'unknown', 'Unknown') };

/** That the patient says to take a medicine less often than it was prescribed. */
export const adherenceOn = (day: number): object => ({
  extension: [
    {
      url: 'medicationAdherence',
      valueCodeableConcept: codedConcept(SNOMED, '275928001', 'Drugs - partial non-compliance'),
    },
    { url: 'dateAsserted', valueDateTime: isoDate(day) },
    { url: 'informationSource', valueCodeableConcept: codedConcept(SNOMED, '116154003', 'Patient') },
  ],
  url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-medication-adherence',
});

const YOUNG_DAYS = 7_000;
const YEAR_DAYS = 365;

/** Those of the last examination, and some of an earlier age that have a value of another type. */
export function usCore7Findings(birthDay: number): readonly (Finding & { ageDays?: number })[] {
  const [panel, experience, treatment] = OBSERVED;
  const day = birthDay + YOUNG_DAYS;
  const earlier = { ageDays: YOUNG_DAYS, withoutEncounter: true };
  return [
    ...OBSERVED,
    {
      ...panel,
      ...earlier,
      result: {
        ...panel.result,
        effectivePeriod: { start: isoDate(day - 1), end: isoDate(day) },
      },
    },
    // The device was worn for two days and stored nothing.
    {
      ...panel,
      ageDays: YOUNG_DAYS + YEAR_DAYS,
      withoutEncounter: true,
      result: {
        component: pressures(ABSENT, ABSENT),
        effectivePeriod: { start: isoDate(day + YEAR_DAYS - 1), end: isoDate(day + YEAR_DAYS) },
      },
    },
    { ...experience, ...earlier, result: { valueCodeableConcept: { text: 'Music while she waits' } } },
    { ...treatment, ...earlier, result: { valueCodeableConcept: { text: 'No blood from other people' } } },
    {
      // It has no LOINC code: this is a key.
      loinc: 'pack-years',
      code: codedConcept(SNOMED, '401201003', 'Cigarette pack-years'),
      name: 'Cigarette pack-years',
      profile: 'smokingstatus',
      category: 'social-history',
      ...earlier,
      result: { valueQuantity: ucumQuantity(1.5, '{pack-years}', 'pack-years') },
    },
  ];
}

const OBSERVED: readonly [panel: Finding, experience: Finding, treatment: Finding] = [
  {
    loinc: '96607-7',
    name: 'Blood pressure panel mean systolic and mean diastolic',
    category: 'vital-signs',
    result: {
      component: pressures(inMmHg(128), inMmHg(79)),
    },
  },
  {
    loinc: '95541-9',
    name: 'Care experience preference',
    category: 'care-experience-preference',
    result: { valueString: 'Wants her mother with her, and the window open' },
  },
  {
    loinc: '75773-2',
    name: 'Goals, preferences, and priorities for medical treatment [Reported]',
    category: 'treatment-intervention-preference',
    result: { valueString: 'Wants to be treated at home where that is possible' },
  },
];
