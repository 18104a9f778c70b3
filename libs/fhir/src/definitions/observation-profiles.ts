import type { GuideProfile } from '../guides/guide-sets.ts';
import { usCore, usCoreNamed } from './row.ts';

/** US Core has a profile for each kind of observation. */
export const observationProfiles: readonly GuideProfile[] = [
  ...[
    'blood-pressure',
    'bmi',
    'body-height',
    'body-temperature',
    'body-weight',
    'head-circumference',
    'heart-rate',
    'observation-clinical-result',
    'observation-lab',
    'observation-occupation',
    'observation-pregnancyintent',
    'observation-pregnancystatus',
    'observation-screening-assessment',
    'observation-sexual-orientation',
    'pulse-oximetry',
    'respiratory-rate',
    'simple-observation',
    'smokingstatus',
    'vital-signs',
  ].map((name) => usCore(name)),
  ...[
    'head-occipital-frontal-circumference-percentile',
    'pediatric-bmi-for-age',
    'pediatric-weight-for-height',
  ].map((name) => usCoreNamed(name)),
  ...['average-blood-pressure', 'care-experience-preference', 'treatment-intervention-preference'].map(
    (name) => usCore(name, '2027'),
  ),
];
