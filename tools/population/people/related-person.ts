import {
  c4bb,
  codedConcept,
  meta,
  referenceTo,
  usCoreProfile,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
import { memberId, recordedAfter, type Scope } from '../scope.ts';
import { fullName, type SyntheticMember } from './families.ts';
import { addressOf, nameOf, telecomOf } from './patient.ts';

type Role = readonly [string, string];

/**
 * Who stands in a member's record beside the member: the subscriber in a dependant's record (parent or spouse), and in
 * the record of a member who has died the mother, who represents her.
 */
export function relatedPersonsOf(scope: Scope): SyntheticResource[] {
  const { member, subscriber } = scope;
  if (member.deathDay !== undefined)
    return [relatedPerson(scope, 'representative', representativeOf(scope), ['MTH', 'mother'])];
  if (member.relationship === 'self') return [];
  const role: Role = member.relationship === 'spouse' ? ['SPS', 'spouse'] : ['PRN', 'parent'];
  return [relatedPerson(scope, 'subscriber', subscriber, role)];
}

/** Id of the subscriber as a RelatedPerson in a dependant's record. */
export function subscriberId(scope: Pick<Scope, 'tenant' | 'member'>): string {
  return memberId(scope, 'RelatedPerson', 'subscriber');
}

/** Id of the RelatedPerson as whom a representative logs in. */
export function representativeId(scope: Pick<Scope, 'tenant' | 'member'>): string {
  return memberId(scope, 'RelatedPerson', 'representative');
}

/** Reference to the representative of a member who has died. */
export function representativeReference(scope: Scope): Reference {
  return referenceTo('RelatedPerson', representativeId(scope), fullName(representativeOf(scope)));
}

/** The mother of a member who has died: the same household, no member of the plan. */
function representativeOf({ member, tenant }: Scope): SyntheticMember {
  return {
    ...member,
    key: `${member.familyKey}.representative`,
    given: tenant.representative,
    gender: 'female',
  };
}

function relatedPerson(scope: Scope, key: string, person: SyntheticMember, role: Role): SyntheticResource {
  return {
    resourceType: 'RelatedPerson',
    id: memberId(scope, 'RelatedPerson', key),
    meta: meta(
      [usCoreProfile('relatedperson'), c4bb('RelatedPerson')],
      recordedAfter(scope, scope.enrollment.startDay),
    ),
    active: true,
    patient: scope.patient,
    relationship: [codedConcept(hl7('v3-RoleCode'), ...role)],
    name: [nameOf(person)],
    telecom: telecomOf(person, scope.tenant.name),
    gender: person.gender,
    address: [addressOf(person)],
  };
}
