/** In which networks a facility is, and from when to when. */
import { dayOf } from '../fhir/dates.ts';
import { entryId, logicalId } from '../fhir/identity.ts';
import { coded, meta, type SyntheticResource } from '../fhir/resource.ts';
import { planNetSystem } from '../fhir/systems.ts';
import type { SyntheticPlan } from '../tenants.ts';
import type { Facility, FacilityKind } from './facility.ts';
import { affiliationTerms, periodElement } from './terms.ts';

const TYPE = 'OrganizationAffiliation';
const PROFILE = `http://hl7.org/fhir/StructureDefinition/${TYPE}`;
const DIRECTORY_DAY = dayOf(2023, 1, 1);

const ROLES: Readonly<Record<FacilityKind, readonly [string, string]>> = {
  clinic: ['outpatient', 'Clinic or Outpatient Facility'],
  hospital: ['hospital', 'Hospital'],
  laboratory: ['laboratory', 'Laboratory'],
  pharmacy: ['pharmacy', 'Pharmacy'],
  dental: ['group', 'Medical Group'],
  vision: ['group', 'Medical Group'],
  recovery: ['behavioral', 'Outpatient Behavioral Health Provider'],
};

/** The facility's contracts as OrganizationAffiliation, one for each term. */
export function affiliationsOf(tenant: SyntheticPlan, facility: Facility): SyntheticResource[] {
  const [code, display] = ROLES[facility.kind];
  return affiliationTerms(tenant, facility).map(({ networks, ...days }, index) => ({
    resourceType: TYPE,
    id: entryId(tenant.name, TYPE, logicalId(tenant.name, TYPE, facility.id), index),
    meta: meta([PROFILE], DIRECTORY_DAY),
    active: true,
    period: periodElement(days),
    participatingOrganization: facility.organization,
    network: networks,
    code: [coded(planNetSystem('OrganizationAffiliationRoleCS'), code, display)],
    location: [facility.location],
  }));
}
