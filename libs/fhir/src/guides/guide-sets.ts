/**
 * The implementation guides, and the sets of their versions from which a plan chooses one
 * (docs/adr/0107-let-each-plan-choose-its-set-of-guides.md). The guides of a set fit together: CARIN BB 2.2.0 and PDex
 * 2.2.0 stand on US Core 7.0.0.
 */

/** Each is named after the year whose rules ask for it. */
export const GUIDE_SETS = ['2023', '2027'] as const;
export type GuideSet = (typeof GUIDE_SETS)[number];

/** Of a plan that has chosen none. */
export const DEFAULT_GUIDE_SET: GuideSet = '2023';

type Versions = Readonly<Record<GuideSet, string>>;

interface Guide {
  /** as people call it */
  title: string;
  /** the canonicals of its parts begin with this */
  base: string;
  /** name of its package, and id of its ImplementationGuide */
  package: string;
  /** the CapabilityStatement of a server that this API instantiates */
  server?: string;
  versions: Versions;
}

const HL7_US = 'http://hl7.org/fhir/us';

export const guides = {
  usCore: {
    title: 'US Core',
    base: `${HL7_US}/core`,
    package: 'hl7.fhir.us.core',
    server: 'us-core-server',
    versions: { '2023': '6.1.0', '2027': '7.0.0' },
  },
  carin: {
    title: 'CARIN Blue Button',
    base: `${HL7_US}/carin-bb`,
    package: 'hl7.fhir.us.carin-bb',
    server: 'c4bb',
    versions: { '2023': '2.0.0', '2027': '2.2.0' },
  },
  card: {
    title: 'CARIN Digital Insurance Card',
    base: `${HL7_US}/insurance-card`,
    package: 'hl7.fhir.us.insurance-card',
    server: 'c4dic',
    versions: { '2023': '1.1.0', '2027': '1.1.0' },
  },
  // PDex defines several actors. Its own CapabilityStatement covers all of them, so this API does not instantiate it.
  pdex: {
    title: 'Da Vinci PDex',
    base: `${HL7_US}/davinci-pdex`,
    package: 'hl7.fhir.us.davinci-pdex',
    versions: { '2023': '2.0.0', '2027': '2.2.0' },
  },
} as const satisfies Record<string, Guide>;

const all: readonly Guide[] = Object.values(guides);

/** A profile of a guide, with its version in each set that has it. */
export interface GuideProfile {
  /** canonical without version */
  url: string;
  versions: Partial<Versions>;
}

/** A function that names profiles of a guide. @param prefix what the names of its profiles begin with */
export const profileNamer =
  ({ base, versions }: Guide, prefix: string) =>
  (name: string, ...only: GuideSet[]): GuideProfile => ({
    url: `${base}/StructureDefinition/${prefix}${name}`,
    versions: only.length > 0 ? Object.fromEntries(only.map((set) => [set, versions[set]])) : versions,
  });

/** @returns the canonicals, with version, of the profiles that the set has */
export const profilesIn = (set: GuideSet, profiles: readonly GuideProfile[]): string[] =>
  profiles.flatMap(({ url, versions }) => {
    const version = versions[set];
    return version === undefined ? [] : [`${url}|${version}`];
  });

/** @returns the canonicals of the guides' CapabilityStatements */
export const serversIn = (set: GuideSet): string[] =>
  all.flatMap(({ base, server, versions }) => {
    if (server === undefined) return [];
    // CARIN requires the canonical with or without its version (section "CapabilityStatement"). Its test kit looks for
    // the one without.
    const canonical = `${base}/CapabilityStatement/${server}`;
    return [canonical, `${canonical}|${versions[set]}`];
  });

/** @returns the canonicals of the guides, with version */
export const guidesIn = (set: GuideSet): string[] =>
  all.map(({ base, package: name, versions }) => `${base}/ImplementationGuide/${name}|${versions[set]}`);

/** @returns the guides with their versions, in words: `US Core 6.1.0` */
export const guideNamesIn = (set: GuideSet): string[] =>
  all.map(({ title, versions }) => `${title} ${versions[set]}`);

/** @returns the set whose guides a CapabilityStatement names in `implementationGuide`; undefined: those of none */
export const guideSetNamedBy = (canonicals: readonly string[]): GuideSet | undefined =>
  GUIDE_SETS.find((set) => guidesIn(set).every((each) => canonicals.includes(each)));
