/** The provider directory of a plan as Plan-Net 1.2 has it, made of the providers to whom its members' records refer. */
import { PLANS } from '../coverage/plans.ts';
import type { Plan } from '../coverage/product.ts';
import { dayOf } from '../fhir/dates.ts';
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
import type { Facility, FacilityKind } from '../reference/organizations.ts';
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

/** The products in whose networks facilities of this kind are. */
const plansFor = (kind: FacilityKind): readonly Plan[] =>
  PLANS.filter(({ line }) => line === (kind === 'dental' || kind === 'vision' ? kind : 'medical'));

/** The numbers for taxes are nobody's business. */
const publicIdentifiers = (identifier: unknown): object[] =>
  (identifier as { system?: string }[]).filter(({ system }) => system === NPI);

type Listing = (resource: SyntheticResource, kind: FacilityKind | undefined) => object;

/** What the directory says of each type otherwise than the members' records. */
const LISTINGS = (tenant: SyntheticPlan): Readonly<Record<string, Listing>> => ({
  Organization: ({ identifier, partOf }, kind) => ({
    meta: listed(partOf ? 'Network' : 'Organization'),
    ...(!partOf && { identifier: publicIdentifiers(identifier) }),
    type: [
      partOf
        ? planNet('OrgTypeCS', 'ntwk', 'Network')
        : kind
          ? planNet('OrgTypeCS', 'fac', 'Facility')
          : planNet('OrgTypeCS', 'payer', 'Payer'),
    ],
  }),
  Location: () => ({ meta: listed('Location') }),
  Endpoint: () => ({ meta: listed('Endpoint') }),
  Practitioner: ({ identifier }) => ({
    meta: listed('Practitioner'),
    identifier: publicIdentifiers(identifier),
  }),
  PractitionerRole: (_role, kind) => ({
    meta: listed('PractitionerRole'),
    extension: plansFor(kind ?? 'clinic').map((plan) => ({
      url: `${PLAN_NET}/StructureDefinition/network-reference`,
      valueReference: networkOf(tenant, plan),
    })),
    period: { start: '2023-01-01' },
  }),
  InsurancePlan: () => ({ meta: listed('InsurancePlan') }),
});

function affiliationOf(
  tenant: SyntheticPlan,
  { id, kind, organization, location }: Facility,
): SyntheticResource {
  const [code, display] = AFFILIATION[kind];
  return {
    resourceType: 'OrganizationAffiliation',
    id: logicalId(tenant.name, 'OrganizationAffiliation', id),
    meta: listed('OrganizationAffiliation'),
    active: true,
    period: { start: '2023-01-01' },
    participatingOrganization: organization,
    network: plansFor(kind).map((plan) => networkOf(tenant, plan)),
    code: [planNet('OrganizationAffiliationRoleCS', code, display)],
    location: [location],
  };
}

/** Practitioners and others have the ids here that members' records name them by. */
export function publishedDirectory(tenant: SyntheticPlan, seed: number): SyntheticResource[] {
  const { facilities, resources } = directoryOf(tenant, seed);
  const all = Object.values(facilities).flat();
  const kinds = new Map(all.map(({ organization, kind }) => [organization.reference, kind]));
  const listings = LISTINGS(tenant);
  const own = resources.flatMap((resource): SyntheticResource[] => {
    const listing = listings[resource.resourceType];
    const at = (resource['organization'] as Reference | undefined)?.reference;
    const kind = kinds.get(at ?? `${resource.resourceType}/${resource.id}`);
    return listing ? [{ ...resource, ...listing(resource, kind) }] : [];
  });
  return [...own, ...all.map((facility) => affiliationOf(tenant, facility))];
}
