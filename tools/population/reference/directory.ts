import { insurancePlansOf } from '../coverage/plans.ts';
import { random } from '../fhir/random.ts';
import type { Reference, SyntheticResource } from '../fhir/resource.ts';
import { formularyMedications } from './medications.ts';
import { affiliationsOf } from './affiliations.ts';
import type { Facility, FacilityKind } from './facility.ts';
import { facilitiesOf, networkOrganizations, payerOf } from './organizations.ts';
import { cliniciansOf, type Clinician, type Specialty } from './practitioners.ts';
import type { SyntheticPlan } from '../tenants.ts';

/** Everything the members' records refer to. It depends on the tenant and the seed, never on the members. */
export interface Directory {
  payer: Reference;
  facilities: Readonly<Record<FacilityKind, readonly Facility[]>>;
  clinicians: Readonly<Record<Specialty, readonly Clinician[]>>;
  resources: readonly SyntheticResource[];
}

export function directoryOf(tenant: SyntheticPlan, seed: number): Directory {
  const stream = random(`${tenant.name}/${seed}/directory`);
  const payer = payerOf(tenant);
  const facilities = facilitiesOf(tenant, stream);
  const clinicians = cliniciansOf(tenant, stream, facilities.entries);
  return {
    payer: payer.reference,
    facilities: facilities.byKind,
    clinicians: clinicians.bySpecialty,
    resources: [
      payer.resource,
      ...networkOrganizations(tenant, payer.reference),
      ...facilities.resources,
      ...facilities.entries.flatMap((facility) => affiliationsOf(tenant, facility)),
      ...clinicians.resources,
      ...formularyMedications(tenant),
      ...insurancePlansOf(tenant, payer.reference),
    ],
  };
}
