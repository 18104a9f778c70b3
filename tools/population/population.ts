import { historyOf } from './care/history.ts';
import { claimsOf } from './claims/claims.ts';
import { chartOf } from './clinical/chart.ts';
import { coveragesOf } from './coverage/coverage.ts';
import { enroll } from './coverage/enrollment.ts';
import { random } from './fhir/random.ts';
import { referenceTo, type SyntheticResource } from './fhir/resource.ts';
import { familyAt, fullName, type SyntheticMember } from './people/families.ts';
import { patientOf } from './people/patient.ts';
import { relatedPersonsOf } from './people/related-person.ts';
import { directoryOf, type Directory } from './reference/directory.ts';
import { patientId, type Scope } from './scope.ts';
import { tenantNamed, type SyntheticPlan } from './tenants.ts';

export interface PopulationOptions {
  /** Name of one of the tenants there are. */
  tenant: string;
  /** How many people; the first are the preview members, always the same. */
  members: number;
  seed?: number;
}

/**
 * The whole population of a tenant, resource by resource: first what everybody refers to, then member by
 * member, family by family. The same options give the same bytes; more members only make it longer. Nothing
 * is kept from one family to the next, so any size runs in constant memory.
 * @throws RangeError for an unknown tenant
 */
export function* population({
  tenant: name,
  members,
  seed = 1,
}: PopulationOptions): Generator<SyntheticResource> {
  const tenant = tenantNamed(name);
  const directory = directoryOf(tenant, seed);
  yield* directory.resources;
  let remaining = members;
  for (let index = 0; remaining > 0; index += 1) {
    const family = familyAt(tenant, seed, index);
    for (const member of family.slice(0, remaining)) {
      yield* recordsOf(scopeOf(tenant, seed, directory, family, member));
    }
    remaining -= family.length;
  }
}

function scopeOf(
  tenant: SyntheticPlan,
  seed: number,
  directory: Directory,
  family: SyntheticMember[],
  member: SyntheticMember,
): Scope {
  return {
    tenant,
    directory,
    member,
    subscriber: family[0] ?? member,
    enrollment: enroll(tenant, seed, member, family),
    patient: referenceTo('Patient', patientId(tenant, member), fullName(member)),
    random: random(`${tenant.name}/${seed}/member/${member.key}`),
  };
}

function* recordsOf(scope: Scope): Generator<SyntheticResource> {
  const administrative = [patientOf(scope), ...relatedPersonsOf(scope), ...coveragesOf(scope)];
  yield* administrative;
  const history = historyOf(scope);
  yield* chartOf(scope, history, administrative);
  yield* claimsOf(scope, history);
}
