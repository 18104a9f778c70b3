/** Observations of profiles that US Core has since version 7.0.0. In the guides of 2023 they are observations without a profile. */
import { ucumQuantity, type Finding } from '../clinical/observation.ts';
import { codedConcept } from '../fhir/resource.ts';
import { LOINC } from '../fhir/systems.ts';

const pressure = (code: string, display: string, value: number) => ({
  code: codedConcept(LOINC, code, display),
  valueQuantity: ucumQuantity(value, 'mm[Hg]', 'mmHg'),
});

export const US_CORE_7: readonly Finding[] = [
  {
    loinc: '96607-7',
    name: 'Blood pressure panel mean systolic and mean diastolic',
    category: 'vital-signs',
    result: {
      component: [
        pressure('96608-5', 'Systolic blood pressure mean', 128),
        pressure('96609-3', 'Diastolic blood pressure mean', 79),
      ],
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
