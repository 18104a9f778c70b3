import { ageOn } from '../fhir/dates.ts';
import type { Scope } from '../scope.ts';
import { type Authorization, THERAPY_AUTHORIZATION } from './authorizations.ts';
import { ACUTE, ADULT_EXAM, BACK_PAIN, CHILD_EXAM, type Chronic, type Diagnosis } from './diagnoses.ts';
import { SERVICES, type Service } from './services.ts';
import {
  careDay,
  clinicianFor,
  coveredYears,
  lastCareDay,
  type PlannedVisit,
  type VisitKind,
} from './visit.ts';
import type { Specialty } from '../reference/practitioners.ts';

const THERAPY_INTERVAL_DAYS = 3;
const WEEK_DAYS = 7;
const ADULT_AGE = 18;

/** Yearly examinations, follow-ups of lasting conditions, acute complaints, and a course of therapy. */
export function planOfficeVisits(
  scope: Scope,
  chronic: readonly Chronic[],
  authorizations: readonly Authorization[],
): PlannedVisit[] {
  const perYear = coveredYears(scope).flatMap((year) => [
    ...wellnessVisit(scope, year, chronic),
    ...followUps(scope, year, chronic),
    ...acuteVisits(scope, year),
  ]);
  const therapy = authorizations.filter(({ key }) => key === THERAPY_AUTHORIZATION);
  return [
    ...perYear,
    ...(scope.member.persona === 'many' ? therapyCourse(scope) : []),
    ...therapy.flatMap((authorization) => authorizedTherapy(scope, authorization)),
  ];
}

/** Therapy at home once a week, as far as the authorization says that it was used. */
function authorizedTherapy(
  scope: Scope,
  { decidedDay, consumedUnits, number, diagnosis }: Authorization,
): PlannedVisit[] {
  return Array.from({ length: consumedUnits }, (_, i) => ({
    ...officeVisit(scope, {
      key: `authorized-therapy-${i}`,
      day: decidedDay + WEEK_DAYS * (i + 1),
      specialty: 'therapy',
      diagnoses: [diagnosis],
      services: [SERVICES.homeTherapy],
      kind: 'therapy',
    }),
    authorizationNumber: number,
  }));
}

interface OfficeVisit {
  key: string;
  day: number;
  specialty: Specialty;
  diagnoses: readonly Diagnosis[];
  services: readonly Service[];
  kind?: VisitKind;
  wellness?: boolean;
}

function officeVisit(scope: Scope, plan: OfficeVisit): PlannedVisit {
  const clinician = clinicianFor(scope, plan.specialty);
  return {
    key: plan.key,
    kind: plan.kind ?? 'office',
    startDay: plan.day,
    endDay: plan.day,
    diagnoses: plan.diagnoses,
    services: plan.services,
    clinician,
    facility: clinician.facility,
    ...(plan.wellness && { wellness: true }),
  };
}

function wellnessVisit(scope: Scope, year: number, chronic: readonly Chronic[]): PlannedVisit[] {
  const day = careDay(scope, year);
  if (day === undefined) return [];
  const isAdult = ageOn(scope.member.birthDay, day) >= ADULT_AGE;
  const open = chronic
    .map(({ diagnosis }) => diagnosis)
    .filter(({ sensitivity }) => sensitivity === undefined);
  const { wellness, childWellness, bloodCount, flu } = SERVICES;
  return [
    officeVisit(scope, {
      key: `wellness-${year}`,
      day,
      specialty: isAdult ? 'family' : 'pediatrics',
      diagnoses: [isAdult ? ADULT_EXAM : CHILD_EXAM, ...open],
      services: isAdult ? [wellness, bloodCount, flu] : [childWellness, flu],
      wellness: true,
    }),
  ];
}

function followUps(scope: Scope, year: number, chronic: readonly Chronic[]): PlannedVisit[] {
  return chronic.flatMap(({ diagnosis, specialty }) => {
    const often = specialty === 'addiction' ? 9 : specialty === 'psychiatry' ? 5 : 1;
    return Array.from({ length: often }, (_, i) => i).flatMap((i) => {
      const day = careDay(scope, year);
      if (day === undefined) return [];
      const services = followUpServices(specialty, i);
      const key = `follow-up-${diagnosis.icd10}-${year}-${i}`;
      return [officeVisit(scope, { key, day, specialty, diagnoses: [diagnosis], services })];
    });
  });
}

function followUpServices(specialty: Specialty, turn: number): Service[] {
  const { office, bloodCount, specialist, depressionScreen, counselling, substanceAssessment, drugTest } =
    SERVICES;
  if (specialty === 'psychiatry') return turn === 0 ? [counselling, depressionScreen] : [counselling];
  if (specialty === 'addiction') return turn === 0 ? [substanceAssessment, drugTest] : [specialist, drugTest];
  return turn === 0 ? [office, bloodCount] : [office];
}

function acuteVisits(scope: Scope, year: number): PlannedVisit[] {
  return Array.from({ length: scope.random.int(0, 2) }, (_, i) => i).flatMap((i) => {
    const { diagnosis } = scope.random.pick(ACUTE);
    const day = careDay(scope, year);
    if (day === undefined) return [];
    const specialty = ageOn(scope.member.birthDay, day) < ADULT_AGE ? 'pediatrics' : 'family';
    const key = `acute-${year}-${i}`;
    return [officeVisit(scope, { key, day, specialty, diagnoses: [diagnosis], services: [SERVICES.office] })];
  });
}

/** Therapy at home every few days over the last years: the member with more claims than fit on one page. */
function therapyCourse(scope: Scope): PlannedVisit[] {
  const COURSE_VISITS = 300;
  return Array.from({ length: COURSE_VISITS }, (_, i) =>
    officeVisit(scope, {
      key: `therapy-${i}`,
      day: lastCareDay(scope) - i * THERAPY_INTERVAL_DAYS,
      specialty: 'therapy',
      diagnoses: [BACK_PAIN],
      services: [SERVICES.homeTherapy],
      kind: 'therapy',
    }),
  ).filter(({ startDay }) => startDay >= scope.enrollment.startDay);
}
