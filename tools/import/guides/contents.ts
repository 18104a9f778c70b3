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

/** A value set that is taken from somewhere else than the guide's own package. */
interface StandIn {
  /** canonical of the value set that the guide names */
  url: string;
  /** `name#version` */
  package: string;
  /** its canonical there, if it is another one */
  as?: string;
}

const US_CORE_SETS = 'http://hl7.org/fhir/us/core/ValueSet';
const listedBefore = (name: string): StandIn => ({
  url: `${US_CORE_SETS}/${name}`,
  package: 'hl7.fhir.us.core#3.1.1',
});

/**
 * US Core 6.1.0 and 7.0.0 refer to value sets of VSAC, which no package has. US Core 3.1.1 lists the same codes itself.
 */
export const STAND_INS: readonly StandIn[] = [
  ...['omb-race-category', 'omb-ethnicity-category', 'detailed-race', 'detailed-ethnicity'].map(listedBefore),
  ...['birthsex', 'us-core-usps-state'].map(listedBefore),
  {
    url: 'http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113762.1.4.1021.24',
    package: 'hl7.fhir.us.core#3.1.1',
    as: `${US_CORE_SETS}/birthsex`,
  },
  {
    url: 'http://terminology.hl7.org/ValueSet/v3-ActPharmacySupplyType',
    package: 'hl7.terminology.r4#7.3.0',
  },
];

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
