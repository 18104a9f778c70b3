/** The provider directory of a plan as Plan-Net 1.2 has it, made of the providers to whom its members' records refer. */
import { dayOf } from '../fhir/dates.ts';
import { coded, meta, type SyntheticResource } from '../fhir/resource.ts';
import { NPI, planNetDefinition, planNetSystem } from '../fhir/systems.ts';
import { directoryOf } from '../reference/directory.ts';
import type { Facility } from '../reference/facility.ts';
import type { SyntheticPlan } from '../tenants.ts';

const LISTED_DAY = dayOf(2023, 1, 1);

const listed = (profile: string) => meta([`${planNetDefinition(`plannet-${profile}`)}|1.2.0`], LISTED_DAY);
const typed = (code: string, display: string) => [coded(planNetSystem('OrgTypeCS'), code, display)];

/** Plan-Net fixes `active`, so an entry says by its period alone that it has ended. */
const ALWAYS_ACTIVE = { active: true };

/** The numbers for taxes are nobody's business. */
const publicIdentifiers = (identifier: unknown): object[] =>
  (identifier as { system?: string }[]).filter(({ system }) => system === NPI);

type Listing = (resource: SyntheticResource, facility: Facility | undefined) => object;

/** What the directory says of each type otherwise than the members' records; a type without a row is not listed. */
const LISTINGS: Readonly<Record<string, Listing>> = {
  Organization: ({ identifier, partOf }, facility) => ({
    meta: listed(partOf ? 'Network' : 'Organization'),
    ...(partOf ? { telecom: undefined } : { identifier: publicIdentifiers(identifier) }),
    type: partOf ? typed('ntwk', 'Network') : facility ? typed('fac', 'Facility') : typed('payer', 'Payer'),
  }),
  OrganizationAffiliation: () => ({ meta: listed('OrganizationAffiliation'), ...ALWAYS_ACTIVE }),
  Location: () => ({ meta: listed('Location') }),
  Endpoint: () => ({ meta: listed('Endpoint') }),
  Practitioner: ({ identifier }) => ({
    meta: listed('Practitioner'),
    identifier: publicIdentifiers(identifier),
    ...ALWAYS_ACTIVE,
  }),
  PractitionerRole: () => ({ meta: listed('PractitionerRole'), ...ALWAYS_ACTIVE }),
  InsurancePlan: () => ({ meta: listed('InsurancePlan') }),
};

/** An element that Plan-Net does not have is left out. */
const withoutUndefined = (resource: SyntheticResource): SyntheticResource =>
  Object.fromEntries(
    Object.entries(resource).filter(([, value]) => value !== undefined),
  ) as SyntheticResource;

/** Practitioners and others have the ids here that members' records name them by. */
export function publishedDirectory(tenant: SyntheticPlan, seed: number): SyntheticResource[] {
  const { facilities, resources } = directoryOf(tenant, seed);
  const all = Object.values(facilities).flat();
  const byName = new Map(all.map((facility) => [facility.organization.reference, facility]));
  return resources.flatMap((resource): SyntheticResource[] => {
    const facility = byName.get(`${resource.resourceType}/${resource.id}`);
    const entry = LISTINGS[resource.resourceType]?.(resource, facility);
    return entry ? [withoutUndefined({ ...resource, ...entry })] : [];
  });
}
