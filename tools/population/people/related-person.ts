import { c4bb, codedConcept, meta, usCoreProfile, type SyntheticResource } from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';
import { addressOf, nameOf, telecomOf } from './patient.ts';

/** The subscriber as a dependant's record knows them: parent or spouse. Nothing for the subscriber. */
export function relatedPersonsOf(scope: Scope): SyntheticResource[] {
  const { member, subscriber, tenant } = scope;
  if (member.relationship === 'self') return [];
  const role: readonly [string, string] =
    member.relationship === 'spouse' ? ['SPS', 'spouse'] : ['PRN', 'parent'];
  return [
    {
      resourceType: 'RelatedPerson',
      id: memberId(scope, 'RelatedPerson', 'subscriber'),
      meta: meta([usCoreProfile('relatedperson'), c4bb('RelatedPerson')], scope.enrollment.startDay + 1),
      active: true,
      patient: scope.patient,
      relationship: [codedConcept(hl7('v3-RoleCode'), ...role)],
      name: [nameOf(subscriber)],
      telecom: telecomOf(subscriber, tenant.name),
      gender: subscriber.gender,
      address: [addressOf(subscriber)],
    },
  ];
}
