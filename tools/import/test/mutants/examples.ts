/** Valid examples of the profiles of a set: of the synthetic population, and of the guides where they are beside. */
import {
  GUIDE_SETS,
  type PackageResource,
  type ProfileValidator,
  PUBLICATIONS,
  publications,
  publicationTenant,
  type Resource,
  structureErrors,
} from '@patient-access/fhir';
import { population, published } from '@patient-access/population';
import { loadChecks } from '../../guides/checks.ts';
import { PUBLISHED_FILE, SHIPPED_GUIDES } from '../../guides/contents.ts';
import { shippedDefinitions } from '../../guides/shipped.ts';
import { examplesIn } from '../packages/examples.ts';
import { type Draw, shuffled } from './draw.ts';

export const MUTANT_SETS = [...GUIDE_SETS, PUBLISHED_FILE] as const;
export type MutantSet = (typeof MUTANT_SETS)[number];

/** The packages whose examples are used too. */
const PACKAGES: Readonly<Record<MutantSet, readonly string[]>> = {
  '2023': ['hl7.fhir.us.core-6.1.0', 'carin4bb-200', 'hl7.fhir.us.davinci-pdex-2.0.0'],
  '2027': ['hl7.fhir.us.core-7.0.0', 'hl7.fhir.us.carin-bb-2.2.0', 'hl7.fhir.us.davinci-pdex-2.2.0'],
  published: ['hl7.fhir.us.davinci-pdex-plan-net-1.2.0', 'hl7.fhir.us.davinci-drug-formulary-2.1.0'],
};

/** A profile of a set, and what is valid by it. */
export interface BoundProfile {
  canonical: string;
  validator: ProfileValidator;
  /** naming this profile alone */
  examples: Resource[];
}

/** The synthetic plans publish no services. */
const SERVICE = {
  resourceType: 'HealthcareService',
  id: 'virtual-visits',
  identifier: [{ system: 'https://northwind.example/service', value: 'V1' }],
  active: true,
  providedBy: { reference: 'Organization/clinic' },
  category: [
    {
      coding: [
        {
          system: 'http://hl7.org/fhir/us/davinci-pdex-plan-net/CodeSystem/HealthcareServiceCategoryCS',
          code: 'outpat',
        },
      ],
    },
  ],
  type: [{ text: 'Virtual visits' }],
  specialty: [{ coding: [{ system: 'http://nucc.org/provider-taxonomy', code: '207Q00000X' }] }],
  location: [{ reference: 'Location/clinic' }],
  name: 'Virtual visits',
  telecom: [{ system: 'phone', value: '555-0100' }],
};

const SEED = 1;
const MEMBERS = 12;
/** How many resources that name the same profiles are looked at, and how many examples a profile has at most. */
const ALIKE = 30;
const EXAMPLES = 8;

function resourcesOf(set: MutantSet): Resource[] {
  const plans = ['northwind', 'lakeside'];
  const made =
    set === PUBLISHED_FILE
      ? [SERVICE, ...plans.flatMap((plan) => Object.values(published(plan, SEED)).flat())]
      : plans.flatMap((tenant) => [...population({ tenant, members: MEMBERS, seed: SEED })]);
  return made as unknown as Resource[];
}

const namedBy = ({ meta }: Resource) => JSON.stringify(meta?.['profile'] ?? []);

/** The resource names the profile alone, so that another does not find what this one should. */
const naming = (resource: Resource, profile: string): Resource => ({
  ...resource,
  meta: { lastUpdated: '2026-01-01T00:00:00Z', ...resource.meta, profile: [profile] },
});

const isValid = (validator: ProfileValidator, resource: Resource): boolean =>
  structureErrors(resource).length === 0 &&
  validator.validate(resource).every(({ findings }) => findings.length === 0);

const versionless = (canonical: string) => canonical.split('|', 1)[0] ?? canonical;

/** Some profiles ask that a resource names them without a version. */
function examplesOf(
  canonical: string,
  validator: ProfileValidator,
  candidates: readonly Resource[],
): Resource[] {
  const found: Resource[] = [];
  const [best, others] = [true, false].map((is) =>
    candidates.filter((each) => namedBy(each).includes(`${versionless(canonical)}|`) === is),
  ) as [Resource[], Resource[]];
  for (const each of [...best, ...others]) {
    if (found.length === EXAMPLES) break;
    const example = [canonical, versionless(canonical)]
      .map((name) => naming(each, name))
      .find((named) => isValid(validator, named));
    if (example) found.push(example);
  }
  return found;
}

/** What a part of a set is checked by, and the profiles that it binds. */
async function partsOf(
  set: MutantSet,
): Promise<{ validator: ProfileValidator; canonicals: readonly string[] }[]> {
  if (set !== PUBLISHED_FILE) {
    const { profiles } = await loadChecks('plan', set);
    const canonicals = SHIPPED_GUIDES.find(({ file }) => file === set)?.profiles ?? [];
    return [{ validator: profiles, canonicals }];
  }
  return Promise.all(
    PUBLICATIONS.map(async (name) => {
      const { profiles } = await loadChecks(publicationTenant('plan', name));
      return { validator: profiles, canonicals: Object.values(publications[name].profiles).flat() };
    }),
  );
}

/** Some of each kind: resources that name the same profiles are alike. */
async function candidatesFor(set: MutantSet, random: Draw): Promise<Map<string, Resource[]>> {
  const own = shuffled(resourcesOf(set), random);
  const alike = [...Map.groupBy(own, (each) => `${each.resourceType} ${namedBy(each)}`).values()];
  const foreign = await Promise.all(PACKAGES[set].map(examplesIn));
  const all = [...foreign.flat(), ...alike.flatMap((each) => each.slice(0, ALIKE))];
  return Map.groupBy(shuffled(all, random), ({ resourceType }) => resourceType);
}

/** @returns the definitions of a set as they ship, and its profiles with their examples */
export async function boundProfiles(
  set: MutantSet,
  random: Draw,
): Promise<{ definitions: readonly PackageResource[]; profiles: BoundProfile[] }> {
  const candidates = await candidatesFor(set, random);
  const { resources: definitions } = shippedDefinitions(set);
  const profiles = (await partsOf(set)).flatMap(({ validator, canonicals }) =>
    canonicals.map((canonical): BoundProfile => {
      const type = validator.find(canonical)?.type ?? '';
      return { canonical, validator, examples: examplesOf(canonical, validator, candidates.get(type) ?? []) };
    }),
  );
  return { definitions, profiles };
}
