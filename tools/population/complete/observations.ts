import type { Visit } from '../care/visit.ts';
import { isoDate } from '../fhir/dates.ts';
import { codedConcept, type Concept, type Reference, type SyntheticResource } from '../fhir/resource.ts';
import { hl7, LOINC, SNOMED } from '../fhir/systems.ts';
import { observationOf, ucumQuantity, type Finding } from '../clinical/observation.ts';
import type { Scope } from '../scope.ts';
import { usCore7Findings } from './us-core-7.ts';

/** What the observations of the complete member refer to beside the visit. */
export interface Evidence {
  questionnaireResponse: Reference;
  /** the observation of another finding of the table, by its LOINC code */
  observation: (loinc: string) => Reference;
}

type Row = Finding & {
  /** Age in days at which it was made; none: at the last examination. */
  ageDays?: number;
};

const ABSENT = codedConcept(hl7('data-absent-reason'), 'unknown', 'Unknown');
const loinc = (code: string, display: string): Concept => codedConcept(LOINC, code, display);
const snomed = (code: string, display: string): Concept => codedConcept(SNOMED, code, display);
const vital = (code: string, name: string, profile: string, value: object, ageDays?: number): Row => ({
  loinc: code,
  name,
  profile,
  category: 'vital-signs',
  result: { valueQuantity: value },
  ...(ageDays !== undefined && { ageDays, withoutEncounter: true }),
});
const social = (code: string, name: string, profile: string, result: object): Row => ({
  loinc: code,
  name,
  profile,
  category: 'social-history',
  result,
});

const OXYGEN = 'Oxygen saturation in Arterial blood by Pulse oximetry';
const HEAD_PERCENTILE = 'Head Occipital-frontal circumference Percentile';
const BMI_PERCENTILE = 'Body mass index (BMI) [Percentile] Per age and sex';
const WEIGHT_PERCENTILE = 'Weight-for-length Per age and sex';
const INFANT_DAYS = 270;
const TODDLER_DAYS = 540;
const TEEN_DAYS = 5_840;

/** Measurements of US Core that no examination of an ordinary member has. */
const MEASUREMENTS: readonly Row[] = [
  vital('8310-5', 'Body temperature', 'body-temperature', ucumQuantity(36.8, 'Cel', 'C')),
  vital('9279-1', 'Respiratory rate', 'respiratory-rate', ucumQuantity(16, '/min', 'breaths/minute')),
  {
    loinc: '59408-5',
    name: OXYGEN,
    code: {
      coding: [
        { system: LOINC, code: '59408-5', display: OXYGEN },
        { system: LOINC, code: '2708-6', display: 'Oxygen saturation in Arterial blood' },
      ],
      text: 'Oxygen saturation',
    },
    profile: 'pulse-oximetry',
    category: 'vital-signs',
    result: {
      valueQuantity: ucumQuantity(97, '%'),
      component: [
        {
          code: loinc('3151-8', 'Inhaled oxygen flow rate'),
          valueQuantity: ucumQuantity(2, 'L/min'),
        },
        { code: loinc('3150-0', 'Inhaled oxygen concentration'), valueQuantity: ucumQuantity(28, '%') },
      ],
    },
  },
  vital(
    '9843-4',
    'Head Occipital-frontal circumference',
    'head-circumference',
    ucumQuantity(44.5, 'cm'),
    INFANT_DAYS,
  ),
  vital(
    '8289-1',
    HEAD_PERCENTILE,
    'head-occipital-frontal-circumference-percentile',
    ucumQuantity(58, '%'),
    INFANT_DAYS,
  ),
  vital('77606-2', WEIGHT_PERCENTILE, 'pediatric-weight-for-height', ucumQuantity(63, '%'), TODDLER_DAYS),
  vital('59576-9', BMI_PERCENTILE, 'pediatric-bmi-for-age', ucumQuantity(55, '%'), TEEN_DAYS),
  {
    loinc: '85354-9',
    name: 'Blood pressure panel with all children optional',
    profile: 'blood-pressure',
    category: 'vital-signs',
    ageDays: INFANT_DAYS,
    withoutEncounter: true,
    result: {
      component: [
        { code: loinc('8480-6', 'Systolic blood pressure'), dataAbsentReason: ABSENT },
        { code: loinc('8462-4', 'Diastolic blood pressure'), dataAbsentReason: ABSENT },
      ],
    },
  },
];

const LABORATORY: readonly Row[] = [
  {
    loinc: '882-1',
    name: 'ABO and Rh group [Type] in Blood',
    profile: 'observation-lab',
    category: 'laboratory',
    result: { valueCodeableConcept: snomed('278149003', 'Blood group A Rh(D) positive') },
  },
  {
    loinc: '600-7',
    name: 'Bacteria identified in Blood by Culture',
    profile: 'observation-lab',
    category: 'laboratory',
    result: { valueString: 'No growth after five days' },
  },
  {
    loinc: '2345-7',
    name: 'Glucose [Mass/volume] in Serum or Plasma',
    profile: 'observation-lab',
    category: 'laboratory',
    result: { dataAbsentReason: ABSENT },
  },
];

/** Findings of imaging and of tests that are no laboratory work; the reports refer to them. */
const CLINICAL_RESULTS: readonly Row[] = [
  {
    loinc: '18782-3',
    name: 'Radiology Study observation (narrative)',
    profile: 'observation-clinical-result',
    category: 'imaging',
    result: { valueString: 'Pacemaker leads in place, lungs clear.' },
  },
  {
    loinc: '8601-7',
    name: 'EKG impression',
    profile: 'observation-clinical-result',
    category: 'imaging',
    result: { valueCodeableConcept: snomed('251268003', 'Electrocardiographic atrial pacing') },
  },
  {
    loinc: '8806-2',
    name: 'Left ventricular Ejection fraction by 2D echo',
    profile: 'observation-clinical-result',
    category: 'imaging',
    result: { valueQuantity: ucumQuantity(61, '%') },
  },
  {
    loinc: '10230-1',
    name: 'Left ventricular Ejection fraction',
    profile: 'observation-clinical-result',
    category: 'imaging',
    result: { dataAbsentReason: ABSENT },
  },
];

const SOCIAL_HISTORY: readonly Row[] = [
  social('86645-9', 'Pregnancy intention in the next year - Reported', 'observation-pregnancyintent', {
    valueCodeableConcept: snomed('454411000124104', 'Not wanting to become pregnant'),
  }),
  social('82810-3', 'Pregnancy status', 'observation-pregnancystatus', {
    valueCodeableConcept: snomed('60001007', 'Not pregnant'),
  }),
  social('76690-7', 'Sexual orientation', 'observation-sexual-orientation', {
    valueCodeableConcept: snomed('20430005', 'Heterosexual'),
  }),
];

/** Work since the end of school. */
function occupation(since: string): Row {
  const odh = 'urn:oid:2.16.840.1.114222.4.5.327';
  const name = 'History of Occupation';
  return social('11341-5', name, 'observation-occupation', {
    effectivePeriod: { start: since },
    valueCodeableConcept: codedConcept(odh, '41-2031.00.007046', 'Sales Associate [Retail Salespersons]'),
    component: [
      {
        code: loinc('86188-0', 'History of Occupation industry'),
        valueCodeableConcept: codedConcept(odh, '451110.000139', 'Bicycle shops [Sporting Goods Stores]'),
      },
    ],
  });
}

const SURVEY = { profile: 'observation-screening-assessment', category: 'survey' } as const;
const SIMPLE = { profile: 'simple-observation', category: 'survey' } as const;
const FOOD_RAN_OUT =
  'Within the past 12 months we worried whether our food would run out before we got money to buy more [U.S. FSS]';

/** Screenings of each kind, all from the answers to one questionnaire. */
const ASSESSMENTS: readonly (Row & {
  /** LOINC code of the finding that it was made from */
  madeFrom?: string;
})[] = [
  {
    ...SURVEY,
    loinc: '88122-7',
    name: FOOD_RAN_OUT,
    assessment: 'sdoh',
    result: { valueCodeableConcept: loinc('LA6729-3', 'Sometimes true') },
  },
  {
    ...SURVEY,
    loinc: '88124-3',
    madeFrom: '88122-7',
    name: 'Food insecurity risk [HVS]',
    assessment: 'sdoh',
    result: { valueCodeableConcept: loinc('LA19952-3', 'At risk') },
  },
  {
    ...SURVEY,
    loinc: '55758-7',
    name: 'Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]',
    assessment: 'cognitive-status',
    result: { valueQuantity: ucumQuantity(1, '{score}', 'score') },
  },
  {
    ...SURVEY,
    loinc: '54522-8',
    name: 'Functional status',
    assessment: 'functional-status',
    result: { valueString: 'Independent in all activities of daily living' },
  },
  {
    ...SURVEY,
    loinc: '69857-1',
    name: 'Are you blind, or do you have serious difficulty seeing, even when wearing glasses [ACS]',
    assessment: 'disability-status',
    result: { valueCodeableConcept: loinc('LA32-8', 'No') },
  },
  {
    ...SURVEY,
    loinc: '89555-7',
    name: 'How many days per week did you engage in moderate to strenuous physical activity in the last 30 days',
    assessment: 'activity',
    result: { valueQuantity: ucumQuantity(2, 'd/wk', 'days per week') },
  },
  {
    ...SURVEY,
    loinc: '75626-2',
    name: 'Total score [AUDIT-C]',
    assessment: 'social-history',
    result: { valueQuantity: ucumQuantity(1, '{score}', 'score') },
  },
  {
    ...SIMPLE,
    loinc: '71802-3',
    name: 'Housing status',
    assessment: 'sdoh',
    result: { valueCodeableConcept: loinc('LA30190-5', 'I have a steady place to live') },
  },
  {
    ...SIMPLE,
    loinc: '63512-8',
    name: 'How many people are living or staying at this address',
    assessment: 'sdoh',
    result: { valueQuantity: ucumQuantity(2, '{#}', 'people') },
  },
  {
    ...SIMPLE,
    loinc: '29762-2',
    name: 'Social history Narrative',
    assessment: 'sdoh',
    result: { valueString: 'Shares a flat with her mother and works in a shop for bicycles' },
  },
  {
    ...SIMPLE,
    loinc: '88123-5',
    name: 'Within the past 12 months, the food we bought just didn’t last and we didn’t have money to get more [U.S. FSS]',
    assessment: 'sdoh',
    result: { valueBoolean: false },
  },
];

function assessments({ questionnaireResponse, observation }: Evidence): Row[] {
  return ASSESSMENTS.map(({ madeFrom, result, ...row }) => ({
    ...row,
    result: {
      ...result,
      ...(madeFrom && { hasMember: [observation(madeFrom)] }),
      derivedFrom: [questionnaireResponse, ...(madeFrom ? [observation(madeFrom)] : [])],
    },
  }));
}

/** All findings of the table, made at the last examination or at the age that the row says. */
export function completeObservations(scope: Scope, visit: Visit, evidence: Evidence): SyntheticResource[] {
  const rows: Row[] = [
    ...MEASUREMENTS,
    ...LABORATORY,
    ...CLINICAL_RESULTS,
    ...SOCIAL_HISTORY,
    ...usCore7Findings(scope.member.birthDay),
    occupation(isoDate(scope.enrollment.startDay)),
    ...assessments(evidence),
  ];
  return rows.map(({ ageDays, ...finding }) =>
    observationOf(scope, momentOf(scope, visit, ageDays), finding),
  );
}

function momentOf({ member }: Scope, visit: Visit, ageDays: number | undefined): Visit {
  const key = `complete/${ageDays ?? 'last'}`;
  if (ageDays === undefined) return { ...visit, key: visit.key };
  const day = member.birthDay + ageDays;
  return { ...visit, key, startDay: day, endDay: day };
}
