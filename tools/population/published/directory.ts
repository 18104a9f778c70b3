/** The provider directory of a plan as Plan-Net 1.2 has it, made of the providers to whom its members' records refer. */
import type { Plan } from '../coverage/product.ts';
import { dayOf, isoDate } from '../fhir/dates.ts';
import { logicalId } from '../fhir/identity.ts';
import {
  coded,
  meta,
  referenceTo,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { NPI } from '../fhir/systems.ts';
import { directoryOf } from '../reference/directory.ts';
import type { Contract, Facility, FacilityKind } from '../reference/facility.ts';
import type { SyntheticPlan } from '../tenants.ts';

const PLAN_NET = 'http://hl7.org/fhir/us/davinci-pdex-plan-net';
const LISTED_DAY = dayOf(2023, 1, 1);

const listed = (profile: string) =>
  meta([`${PLAN_NET}/StructureDefinition/plannet-${profile}|1.2.0`], LISTED_DAY);
const planNet = (system: string, code: string, display: string): Concept =>
  coded(`${PLAN_NET}/CodeSystem/${system}`, code, display);

const AFFILIATION: Readonly<Record<FacilityKind, readonly [string, string]>> = {
  clinic: ['outpatient', 'Clinic or Outpatient Facility'],
  hospital: ['hospital', 'Hospital'],
  laboratory: ['laboratory', 'Laboratory'],
  pharmacy: ['pharmacy', 'Pharmacy'],
  dental: ['group', 'Medical Group'],
  vision: ['group', 'Medical Group'],
  recovery: ['behavioral', 'Outpatient Behavioral Health Provider'],
};

const networkOf = (tenant: SyntheticPlan, plan: Plan): Reference =>
  referenceTo('Organization', logicalId(tenant.name, 'Organization', `network/${plan.code}`), plan.network);

/** What is in force from one day to another: the networks of these contracts. */
interface Term {
  period: { start: string; end?: string };
  networks: readonly Reference[];
}

/** The terms of a facility, the oldest first. Elements of Plan-Net have one period each, so each term is listed by itself. */
function termsOf(tenant: SyntheticPlan, { contracts }: Facility): Term[] {
  const byDates = Map.groupBy(contracts, ({ startDay, endDay }) => `${startDay}/${endDay ?? ''}`);
  return [...byDates.values()]
    .sort(([a], [b]) => (a?.startDay ?? 0) - (b?.startDay ?? 0))
    .map((same) => {
      const [{ startDay, endDay }] = same as [Contract];
      return {
        period: { start: isoDate(startDay), ...(endDay !== undefined && { end: isoDate(endDay) }) },
        networks: same.map(({ plan }) => networkOf(tenant, plan)),
      };
    });
}

/** Plan-Net has one network in a role. */
const rolesOf = (terms: readonly Term[]) =>
  terms.flatMap(({ networks, period }) => networks.map((network) => ({ network, period })));

/** Plan-Net fixes `active`, so an entry says by its period alone that it has ended. */
const ALWAYS_ACTIVE = true;

/** The numbers for taxes are nobody's business. */
const publicIdentifiers = (identifier: unknown): object[] =>
  (identifier as { system?: string }[]).filter(({ system }) => system === NPI);

type Listing = (resource: SyntheticResource, facility: Facility | undefined) => object[];

/** What the directory says of each type otherwise than the members' records, once for each entry. */
const LISTINGS = (tenant: SyntheticPlan): Readonly<Record<string, Listing>> => ({
  Organization: ({ identifier, partOf }, facility) => [
    {
      meta: listed(partOf ? 'Network' : 'Organization'),
      ...(partOf ? { telecom: undefined } : { identifier: publicIdentifiers(identifier) }),
      type: [
        partOf
          ? planNet('OrgTypeCS', 'ntwk', 'Network')
          : facility
            ? planNet('OrgTypeCS', 'fac', 'Facility')
            : planNet('OrgTypeCS', 'payer', 'Payer'),
      ],
    },
  ],
  Location: () => [{ meta: listed('Location') }],
  Endpoint: () => [{ meta: listed('Endpoint') }],
  Practitioner: ({ identifier }) => [
    { meta: listed('Practitioner'), identifier: publicIdentifiers(identifier) },
  ],
  PractitionerRole: ({ id }, facility) =>
    rolesOf(facility ? termsOf(tenant, facility) : []).map(({ network, period }, index) => ({
      id: entryId(tenant, 'PractitionerRole', id, index),
      meta: listed('PractitionerRole'),
      extension: [{ url: `${PLAN_NET}/StructureDefinition/network-reference`, valueReference: network }],
      active: ALWAYS_ACTIVE,
      period,
    })),
  InsurancePlan: () => [{ meta: listed('InsurancePlan') }],
});

/** An element that Plan-Net does not have is left out. */
const withoutUndefined = (resource: SyntheticResource): SyntheticResource =>
  Object.fromEntries(
    Object.entries(resource).filter(([, value]) => value !== undefined),
  ) as SyntheticResource;

/** The first entry has the id that members' records name. */
const entryId = (tenant: SyntheticPlan, type: string, id: string, index: number) =>
  index === 0 ? id : logicalId(tenant.name, type, `${id}/${index}`);

function affiliationsOf(tenant: SyntheticPlan, facility: Facility): SyntheticResource[] {
  const [code, display] = AFFILIATION[facility.kind];
  const type = 'OrganizationAffiliation';
  return termsOf(tenant, facility).map(({ period, networks }, index) => ({
    resourceType: type,
    id: entryId(tenant, type, logicalId(tenant.name, type, facility.id), index),
    meta: listed(type),
    active: ALWAYS_ACTIVE,
    period,
    participatingOrganization: facility.organization,
    network: networks,
    code: [planNet('OrganizationAffiliationRoleCS', code, display)],
    location: [facility.location],
  }));
}

/** Practitioners and others have the ids here that members' records name them by. */
export function publishedDirectory(tenant: SyntheticPlan, seed: number): SyntheticResource[] {
  const { facilities, resources } = directoryOf(tenant, seed);
  const all = Object.values(facilities).flat();
  const byName = new Map(all.map((facility) => [facility.organization.reference, facility]));
  const listings = LISTINGS(tenant);
  const own = resources.flatMap((resource): SyntheticResource[] => {
    const at = (resource['organization'] as Reference | undefined)?.reference;
    const facility = byName.get(at ?? `${resource.resourceType}/${resource.id}`);
    const entries = listings[resource.resourceType]?.(resource, facility) ?? [];
    return entries.map((entry) => withoutUndefined({ ...resource, ...entry }));
  });
  return [...own, ...all.flatMap((facility) => affiliationsOf(tenant, facility))];
}
