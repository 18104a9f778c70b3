import type { Diagnosis } from '../care/diagnoses.ts';
import type { History } from '../care/history.ts';
import type { Visit } from '../care/visit.ts';
import { isoDate } from '../fhir/dates.ts';
import {
  codedConcept,
  meta,
  referenceTo,
  usCoreProfile,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { SNOMED } from '../fhir/systems.ts';
import { representativeId } from '../people/related-person.ts';
import { PRIMARY_CARE_ROLE, treatingOn } from '../reference/practitioners.ts';
import { memberId, memberReference, type Scope } from '../scope.ts';
import { problemReference } from './conditions.ts';

const PATIENT_ROLE = codedConcept(SNOMED, '116154003', 'Patient');
const PROFESSIONAL_ROLE = codedConcept(SNOMED, '223366009', 'Healthcare professional');
const CARER_ROLE = codedConcept(SNOMED, '133932002', 'Caregiver');
const GOAL_DAYS = 180;
const ASSESSMENT_AND_PLAN = codedConcept(
  'http://hl7.org/fhir/us/core/CodeSystem/careplan-category',
  'assess-plan',
  'Assessment and Plan of Treatment',
);

/** Care team of every member, and plan and goal of each lasting condition. */
export function carePlanningOf(scope: Scope, history: History): SyntheticResource[] {
  const latest = history.visits.findLast(({ wellness }) => wellness);
  if (latest === undefined) return [];
  const team = memberReference(scope, 'CareTeam', 'primary', 'Primary care team');
  const treated = history.chronic.filter(({ diagnosis }) =>
    history.visits.some((visit) => visit.diagnoses[0] === diagnosis),
  );
  return [
    teamOf(scope, latest),
    ...treated.flatMap(({ diagnosis }) => [
      goalOf(scope, diagnosis, latest.startDay),
      planOf(scope, diagnosis, latest.startDay, team),
    ]),
  ];
}

function teamOf(scope: Scope, latest: Visit): SyntheticResource {
  const clinician = treatingOn(latest.clinician, scope.today);
  const relatives =
    scope.member.deathDay === undefined
      ? []
      : [referenceTo('RelatedPerson', representativeId(scope), scope.tenant.representative)];
  return {
    resourceType: 'CareTeam',
    id: memberId(scope, 'CareTeam', 'primary'),
    meta: meta([usCoreProfile('careteam')], latest.startDay + 1),
    status: 'active',
    name: 'Primary care team',
    subject: scope.patient,
    participant: [
      { role: [PRIMARY_CARE_ROLE], member: clinician.practitioner },
      { role: [PROFESSIONAL_ROLE], member: clinician.role },
      { role: [PATIENT_ROLE], member: scope.patient },
      ...relatives.map((member) => ({ role: [CARER_ROLE], member })),
    ],
    managingOrganization: [latest.facility.organization],
  };
}

function goalText(diagnosis: Diagnosis): string {
  return `Keep ${diagnosis.name.toLowerCase()} under control`;
}

function goalOf(scope: Scope, diagnosis: Diagnosis, day: number): SyntheticResource {
  return {
    resourceType: 'Goal',
    id: memberId(scope, 'Goal', diagnosis.icd10),
    meta: meta([usCoreProfile('goal')], day + 1, diagnosis.sensitivity),
    lifecycleStatus: 'active',
    description: {
      coding: [
        {
          system: `${scope.tenant.base}/goal`,
          code: `control-${diagnosis.icd10}`,
          display: goalText(diagnosis),
        },
      ],
      text: goalText(diagnosis),
    },
    subject: scope.patient,
    startDate: isoDate(day),
    target: [{ dueDate: isoDate(scope.today + GOAL_DAYS) }],
    addresses: [problemReference(scope, diagnosis)],
  };
}

function planOf(scope: Scope, diagnosis: Diagnosis, day: number, team: Reference): SyntheticResource {
  const summary = `${goalText(diagnosis)}: regular visits, medicine as prescribed.`;
  return {
    resourceType: 'CarePlan',
    id: memberId(scope, 'CarePlan', diagnosis.icd10),
    meta: meta([usCoreProfile('careplan')], day + 1, diagnosis.sensitivity),
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${summary}</div>` },
    status: 'active',
    intent: 'plan',
    category: [ASSESSMENT_AND_PLAN],
    title: `Care plan: ${diagnosis.name}`,
    subject: scope.patient,
    period: { start: isoDate(day) },
    careTeam: [team],
    addresses: [problemReference(scope, diagnosis)],
    goal: [memberReference(scope, 'Goal', diagnosis.icd10, goalText(diagnosis))],
  };
}
