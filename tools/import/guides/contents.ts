/** Which packages the shipped definitions are made from. */
import { GUIDE_SETS, definitions, profilesIn, PUBLICATIONS, publications } from '@patient-access/fhir';

export interface ShippedGuides {
  /** of the file in `data`, without its ending */
  file: string;
  /** `name#version`; of two definitions of the same canonical the first counts */
  packages: readonly string[];
  /** canonicals of the profiles that are shipped, with all that they are made of */
  profiles: readonly string[];
}

const PACKAGES = {
  '2023': [
    'hl7.fhir.us.core#6.1.0',
    'hl7.fhir.us.carin-bb#2.0.0',
    'hl7.fhir.us.insurance-card#1.1.0',
    'hl7.fhir.us.davinci-pdex#2.0.0',
    'hl7.fhir.us.davinci-hrex#1.0.0',
  ],
  '2027': [
    'hl7.fhir.us.core#7.0.0',
    'hl7.fhir.us.carin-bb#2.2.0',
    'hl7.fhir.us.insurance-card#1.1.0',
    'hl7.fhir.us.davinci-pdex#2.2.0',
    'hl7.fhir.us.davinci-hrex#1.2.0',
    'hl7.fhir.us.davinci-pas#2.2.1',
  ],
} as const;

/** Plan-Net and the Drug Formulary stand on either US Core. */
const PUBLISHED = [
  'hl7.fhir.us.davinci-pdex-plan-net#1.2.0',
  'hl7.fhir.us.davinci-drug-formulary#2.1.0',
  'hl7.fhir.us.core#7.0.0',
  'hl7.fhir.us.davinci-hrex#1.1.0',
] as const;

/** The file of what plans publish. */
export const PUBLISHED_FILE = 'published';

export const SHIPPED_GUIDES: readonly ShippedGuides[] = [
  ...GUIDE_SETS.map((set) => ({
    file: set,
    packages: PACKAGES[set],
    profiles: [...definitions.values()].flatMap((definition) => profilesIn(set, definition.profiles)),
  })),
  {
    file: PUBLISHED_FILE,
    packages: PUBLISHED,
    profiles: PUBLICATIONS.flatMap((name) => Object.values(publications[name].profiles).flat()),
  },
];
