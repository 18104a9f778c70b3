import type { Enrollment } from './coverage/enrollment.ts';
import type { OtherInsurance } from './coverage/other-insurance.ts';
import { logicalId } from './fhir/identity.ts';
import type { Random } from './fhir/random.ts';
import { referenceTo, type Reference } from './fhir/resource.ts';
import type { SyntheticMember } from './people/families.ts';
import type { Directory } from './reference/directory.ts';
import type { SyntheticPlan } from './tenants.ts';

/** What every generator of a member's resources works in. */
export interface Scope {
  tenant: SyntheticPlan;
  directory: Directory;
  member: SyntheticMember;
  /** The member who holds the contract: the member themselves, or the parent or spouse. */
  subscriber: SyntheticMember;
  /** all who are insured with the subscriber, who is the first of them */
  family: readonly SyntheticMember[];
  enrollment: Enrollment;
  /** the medical insurance that the member has beside this plan */
  otherInsurance?: OtherInsurance;
  patient: Reference;
  random: Random;
  /** the day of the population */
  today: number;
}

/** Id of one of the member's resources; `key` is unique among the member's resources of that type. */
export function memberId(scope: Pick<Scope, 'tenant' | 'member'>, type: string, key: string): string {
  return logicalId(scope.tenant.name, type, `${scope.member.key}/${key}`);
}

export function memberReference(scope: Scope, type: string, key: string, display: string): Reference {
  return referenceTo(type, memberId(scope, type, key), display);
}

export function patientId(tenant: SyntheticPlan, member: SyntheticMember): string {
  return logicalId(tenant.name, 'Patient', member.key);
}

/** The day on which the plan recorded something of a day: the next one, and yesterday at the latest. */
export const recordedAfter = ({ today }: Pick<Scope, 'today'>, day: number): number =>
  Math.min(day + 1, today - 1);
