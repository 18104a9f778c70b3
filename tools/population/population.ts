import { historyOf } from './care/history.ts';
import { claimsOf } from './claims/claims.ts';
import { chartOf } from './clinical/chart.ts';
import { coveragesOf } from './coverage/coverage.ts';
import { enroll } from './coverage/enrollment.ts';
import { otherInsuranceOf } from './coverage/other-insurance.ts';
import { dayFrom, USUAL_TODAY } from './fhir/dates.ts';
import { random } from './fhir/random.ts';
import { referenceTo, type SyntheticResource } from './fhir/resource.ts';
import { familyAt, fullName, type SyntheticMember } from './people/families.ts';
import { patientOf } from './people/patient.ts';
import { relatedPersonsOf } from './people/related-person.ts';
import { directoryOf } from './reference/directory.ts';
import { patientId, type Scope } from './scope.ts';
import { tenantNamed } from './tenants.ts';

export interface PopulationOptions {
  /** Name of one of the tenants there are. */
  tenant: string;
  /** How many people; the first are the preview members, always the same. */
  members: number;
  seed?: number;
  /** `YYYY-MM-DD`; left out: the usual day of tests and documents */
  today?: string;
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
  today: date = USUAL_TODAY,
}: PopulationOptions): Generator<SyntheticResource> {
  const tenant = tenantNamed(name);
  const directory = directoryOf(tenant, seed);
  yield* directory.resources;
  const today = dayFrom(date);
  let remaining = members;
  for (let index = 0; remaining > 0; index += 1) {
    const family = familyAt(tenant, { seed, today }, index);
    const scopes = family.map((member) => scopeOf({ tenant, seed, directory, today }, family, member));
    yield* recordsOf(scopes).slice(0, remaining).flat();
    remaining -= family.length;
  }
}

interface World extends Pick<Scope, 'tenant' | 'directory' | 'today'> {
  seed: number;
}

function scopeOf(world: World, family: SyntheticMember[], member: SyntheticMember): Scope {
  const { tenant, seed, directory, today } = world;
  const subscriber = family[0] ?? member;
  const otherInsurance = otherInsuranceOf({ tenant, family, member, subscriber, today });
  return {
    tenant,
    directory,
    member,
    subscriber,
    family,
    ...(otherInsurance && { otherInsurance }),
    enrollment: enroll(world, member, family),
    patient: referenceTo('Patient', patientId(tenant, member), fullName(member)),
    random: random(`${tenant.name}/${seed}/member/${member.key}`),
    today,
  };
}

/** @returns the records of a family, member by member; also who is cut off counts for the limits of the family */
function recordsOf(scopes: readonly Scope[]): SyntheticResource[][] {
  const members = scopes.map((scope) => {
    const administrative = [patientOf(scope), ...relatedPersonsOf(scope), ...coveragesOf(scope)];
    const history = historyOf(scope);
    return { scope, history, records: [...administrative, ...chartOf(scope, history, administrative)] };
  });
  const claims = claimsOf(members);
  return members.map(({ records }, index) => [...records, ...(claims[index] ?? [])]);
}
