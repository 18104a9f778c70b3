import { ageOn } from '../fhir/dates.ts';
import type { Scope } from '../scope.ts';
import { type Authorization, THERAPY_AUTHORIZATION } from './authorizations.ts';
import {
  ACUTE,
  ADULT_EXAM,
  BACK_PAIN,
  CHILD_EXAM,
  type Chronic,
  DIABETES,
  type Diagnosis,
} from './diagnoses.ts';
import { SERVICES, type Service } from './services.ts';
import {
  careDay,
  type ClaimRemarks,
  clinicianFor,
  coveredYears,
  lastCareDay,
  type PlannedVisit,
  type VisitKind,
} from './visit.ts';
import type { Specialty } from '../reference/practitioners.ts';

const HOME_INTERVAL_DAYS = 3;
const HOME_VISITS = 300;
/** Of every so many visits at home one is of therapy: a few more in a year than the plan pays for. */
const THERAPY_EACH = 3;
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
    ...(scope.member.persona === 'many' ? homeCare(scope) : []),
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
      kind: 'home',
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
  claim?: ClaimRemarks;
}

function officeVisit(scope: Scope, plan: OfficeVisit): PlannedVisit {
  const clinician = clinicianFor(scope, plan.specialty, plan.day);
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
    ...(plan.claim && { claim: plan.claim }),
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

/** More than a year: a plan takes claims until then, and no longer. */
const LATE_DAYS = 380;

/** What the plan's reviewers say of some of the nurse's visits, by their place in the list: each reason that they have. */
const REVIEWED: Readonly<Record<number, ClaimRemarks>> = {
  25: { refusal: 'incomplete' },
  26: { refusal: 'notCovered' },
  28: { refusal: 'notNecessary' },
  29: { refusal: 'notApproved' },
  31: { refusal: 'notPayable' },
  34: { refusal: 'notNecessary', isAppealed: true },
  140: { refusal: 'late', lateDays: LATE_DAYS },
};

/** The nurse's visit that a plan pays together with others, by its place in the list. */
const BUNDLED = 22;

function remarksOn({ tenant }: Scope, place: number): ClaimRemarks | undefined {
  if (place === BUNDLED && tenant.paysBundles) return { isBundled: true };
  const reviewed = REVIEWED[place];
  return reviewed && { refusedLines: [0], ...reviewed };
}

/**
 * Care at home every few days over the last years, by a nurse or a therapist: the member with more claims than fit on one
 * page. There is more therapy than the plan pays for in a year.
 */
function homeCare(scope: Scope): PlannedVisit[] {
  return Array.from({ length: HOME_VISITS }, (_, i) => {
    const isTherapy = i % THERAPY_EACH === 0;
    const claim = remarksOn(scope, i);
    return officeVisit(scope, {
      key: `home-${i}`,
      day: lastCareDay(scope) - i * HOME_INTERVAL_DAYS,
      specialty: isTherapy ? 'therapy' : 'nursing',
      diagnoses: [isTherapy ? BACK_PAIN : DIABETES],
      services: [isTherapy ? SERVICES.homeTherapy : SERVICES.homeNursing],
      kind: 'home',
      ...(claim && { claim }),
    });
  }).filter(({ startDay }) => startDay >= scope.enrollment.startDay);
}
