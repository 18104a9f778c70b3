/** No false alarm: the guides' own examples have no finding by the definitions that ship, with and without their profiles. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  checkReferenceData,
  definitions,
  GUIDE_SETS,
  type GuideSet,
  type ProfileValidator,
  publicationTenant,
  type PublicationName,
  type Resource,
  structureErrors,
} from '@patient-access/fhir';
import { loadChecks } from '../../guides/checks.ts';
import { PUBLISHED_FILE } from '../../guides/contents.ts';
import { shippedDefinitions } from '../../guides/shipped.ts';
import { examplesIn, hasPackages } from './examples.ts';

interface Case {
  checkedBy: GuideSet | PublicationName;
  packageName: string;
  atLeast: number;
  /** examples with a fault of their own, and the rule */
  faults?: Readonly<Record<string, string>>;
}

/** What is only a name for a member or a plan. */
const NAMES_ALONE = {
  'Patient/1':
    'Patient.identifier minimum, Patient.name minimum, Patient.gender minimum, Patient.meta.lastUpdated minimum',
  'Organization/DiamondOnyxHealth2':
    'Organization.active minimum, Organization.name minimum, uncontained-requires-lastUpdated, Organization.meta.lastUpdated minimum',
  'Organization/DiamondOnyxHealth3':
    'Organization.active minimum, Organization.name minimum, uncontained-requires-lastUpdated, Organization.meta.lastUpdated minimum',
};

/** National Provider Identifiers that do not have ten digits. */
const SHORT_NPI = 'us-core-16';
/** Dispensed without a date. */
const NO_DATE = 'us-core-20';
/** An attachment without data and address. */
const NO_CONTENT = 'us-core-6';

const PDEX_2023_FAULTS = {
  ...NAMES_ALONE,
  'MedicationDispense/1000001': NO_DATE,
  ...Object.fromEntries(
    ['Payer1-1', 'Payer1', 'Payer2-2', 'Payer2', 'ProviderOrg1', 'ProviderOrg2'].map((id) => [
      `Organization/${id}`,
      SHORT_NPI,
    ]),
  ),
  'Practitioner/4': SHORT_NPI,
};
const PDEX_2027_FAULTS = {
  ...NAMES_ALONE,
  'MedicationDispense/1000001': NO_DATE,
  'DocumentReference/treatment-attestation-form-001': NO_CONTENT,
  'DocumentReference/treatment-attestation-form-002': NO_CONTENT,
  'Patient/PatientMemberMatchExample2': 'Patient.meta.lastUpdated minimum',
};

const CASES: readonly Case[] = [
  { checkedBy: '2023', packageName: 'hl7.fhir.us.core-6.1.0', atLeast: 188 },
  { checkedBy: '2023', packageName: 'carin4bb-200', atLeast: 32 },
  { checkedBy: '2023', packageName: 'hl7.fhir.us.davinci-pdex-2.0.0', atLeast: 69, faults: PDEX_2023_FAULTS },
  { checkedBy: '2023', packageName: 'hl7.fhir.us.insurance-card-1.1.0', atLeast: 4 },
  { checkedBy: '2027', packageName: 'hl7.fhir.us.core-7.0.0', atLeast: 99 },
  { checkedBy: '2027', packageName: 'hl7.fhir.us.carin-bb-2.2.0', atLeast: 21 },
  { checkedBy: '2027', packageName: 'hl7.fhir.us.davinci-pdex-2.2.0', atLeast: 61, faults: PDEX_2027_FAULTS },
  { checkedBy: '2027', packageName: 'hl7.fhir.us.insurance-card-1.1.0', atLeast: 4 },
  { checkedBy: 'provider-directory', packageName: 'hl7.fhir.us.davinci-pdex-plan-net-1.2.0', atLeast: 24 },
  { checkedBy: 'formulary', packageName: 'hl7.fhir.us.davinci-drug-formulary-2.1.0', atLeast: 14 },
];

const skipped = hasPackages ? '' : 'SKIPPED, because ../shared/data/igs is missing beside the repository: ';

const isGuideSet = (name: string): name is GuideSet => GUIDE_SETS.some((set) => set === name);

/** The package under the name by which it ships. */
const shippedName = (packageName: string) =>
  packageName === 'carin4bb-200'
    ? 'hl7.fhir.us.carin-bb#2.0.0'
    : packageName.replace(/-(?=\d+\.\d+\.\d+$)/, '#');

// Needs no folder.
test('every package that ships is held to its examples, but for those on which the others build', () => {
  const shipped = [...GUIDE_SETS, PUBLISHED_FILE].flatMap((file) =>
    shippedDefinitions(file).packages.map(({ name }) => `${file} ${name}`),
  );
  const held = CASES.map(
    ({ checkedBy, packageName }) =>
      `${isGuideSet(checkedBy) ? checkedBy : PUBLISHED_FILE} ${shippedName(packageName)}`,
  );
  expect(held.filter((each) => !shipped.includes(each))).toEqual([]);
  expect(shipped.filter((each) => !held.includes(each))).toEqual([
    '2023 hl7.fhir.us.davinci-hrex#1.0.0',
    '2027 hl7.fhir.us.davinci-hrex#1.2.0',
    '2027 hl7.fhir.us.davinci-pas#2.2.1',
    `${PUBLISHED_FILE} hl7.fhir.us.core#7.0.0`,
    `${PUBLISHED_FILE} hl7.fhir.us.davinci-hrex#1.1.0`,
  ]);
});

const guideOf = (profile: string) => profile.split('/StructureDefinition/', 1)[0] ?? profile;
const R4 = 'http://hl7.org/fhir';

function profilesOf({ meta }: Resource): string[] {
  const named: unknown = meta?.['profile'];
  return Array.isArray(named) ? named.map(String) : [];
}

function unnamed({ meta, ...resource }: Resource): Resource {
  const { profile: _profile, ...rest } = meta ?? {};
  return { ...resource, ...(Object.keys(rest).length > 0 && { meta: rest }) } as Resource;
}

/** @returns rules, each once */
function rulesBroken(profiles: ProfileValidator, resource: Resource, guides?: ReadonlySet<string>): string {
  const results = profiles.validate(resource).filter(({ profile }) => guides?.has(guideOf(profile)) ?? true);
  const found = results.flatMap(({ findings }) =>
    findings.map(({ rule, expected, location }) => (rule === 'invariant' ? expected : `${location} ${rule}`)),
  );
  const structure = structureErrors(resource).map(({ location, reason }) => `${location} ${reason}`);
  return [...new Set([...structure, ...found])].join(', ');
}

(hasPackages ? describe : describe.skip).each(CASES)(
  `${skipped}the examples of $packageName, by the guides $checkedBy`,
  ({ checkedBy, packageName, atLeast, faults = {} }) => {
    let profiles: ProfileValidator;
    let examples: Resource[];
    beforeAll(async () => {
      const set = isGuideSet(checkedBy) ? checkedBy : undefined;
      const tenant = isGuideSet(checkedBy) ? 'plan' : publicationTenant('plan', checkedBy);
      ({ profiles } = await loadChecks(tenant, set));
      examples = (await examplesIn(packageName)).filter(({ resourceType }) => definitions.has(resourceType));
    });

    const faulty = (some: readonly Resource[], brokenRules: (resource: Resource) => string) =>
      Object.fromEntries(
        some.flatMap((each) => {
          const rules = brokenRules(each);
          return rules === '' ? [] : [[`${each.resourceType}/${each.id}`, rules]];
        }),
      );

    test('have no finding as they are', () => {
      expect(examples.length).toBeGreaterThanOrEqual(atLeast);
      expect(faulty(examples, (each) => rulesBroken(profiles, each))).toEqual(faults);
    });

    test('name no member where they are data of the plan', () => {
      const ofPlan = examples.filter(
        ({ resourceType }) => definitions.get(resourceType)?.membership.by === 'none',
      );
      for (const example of ofPlan) expect(() => checkReferenceData(example)).not.toThrow();
    });

    // What another guide of the set asks of the same type is no false alarm: a plan owes both.
    test('have no finding by their own guides when they name no profiles', () => {
      const naming = examples.filter((each) => profilesOf(each).length > 0);
      const found = faulty(naming, (each) =>
        rulesBroken(profiles, unnamed(each), new Set([R4, ...profilesOf(each).map(guideOf)])),
      );
      const known = faulty(naming, (each) => rulesBroken(profiles, each));
      expect(found).toEqual(known);
    });
  },
);
