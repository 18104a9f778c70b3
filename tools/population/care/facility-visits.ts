import { ageOn, yearOf } from '../fhir/dates.ts';
import { random } from '../fhir/random.ts';
import type { Specialty } from '../reference/practitioners.ts';
import type { Scope } from '../scope.ts';
import { KNEE_AUTHORIZATION, STAY_AFTER_DAYS, type Authorization } from './authorizations.ts';
import {
  APPENDICITIS,
  BACK_PAIN,
  COLON_SCREENING,
  KNEE_ARTHRITIS,
  OPIOID_DEPENDENCE,
  PNEUMONIA,
  type Diagnosis,
} from './diagnoses.ts';
import { SERVICES, STAY_LINES, SURGERY_LINES } from './services.ts';
import {
  careDay,
  clinicianAt,
  clinicianFor,
  coveredYears,
  facilityFor,
  type Performed,
  type Stay,
  type PlannedVisit,
} from './visit.ts';

const ADULT_AGE = 18;
const COLON_SCREENING_AGE = 45;
const REVIEW_DAYS = 20;
const REVIEW_SHARE = 0.05;

interface StayPlan {
  diagnosis: Diagnosis;
  stay: Stay;
  days: number;
  performed?: Performed;
  operatedBy?: Specialty;
}

const STAYS = {
  pneumonia: {
    diagnosis: PNEUMONIA,
    stay: { drg: '194', drgText: 'Simple pneumonia with complications', lines: STAY_LINES },
    days: 4,
  },
  appendix: {
    diagnosis: APPENDICITIS,
    stay: { drg: '399', drgText: 'Operation on the appendix without complications', lines: SURGERY_LINES },
    days: 2,
    performed: { snomed: '80146002', name: 'Appendectomy', icd10pcs: '0DTJ4ZZ' },
    operatedBy: 'surgery',
  },
  knee: {
    diagnosis: KNEE_ARTHRITIS,
    stay: { drg: '470', drgText: 'Major joint replacement', lines: SURGERY_LINES },
    days: 3,
    performed: {
      snomed: '609588000',
      name: 'Total knee replacement',
      icd10pcs: '0SRC0J9',
      implant: ['304120007', 'Total knee replacement prosthesis'],
    },
    operatedBy: 'orthopedics',
  },
  detoxification: {
    diagnosis: OPIOID_DEPENDENCE,
    stay: { drg: '897', drgText: 'Substance use treatment without rehabilitation', lines: STAY_LINES },
    days: 5,
    performed: { snomed: '56876005', name: 'Drug rehabilitation and detoxification', icd10pcs: 'HZ2ZZZZ' },
  },
} satisfies Record<string, StayPlan>;

/** Hospital care: stays, and outpatient visits for screening and imaging. */
export function planFacilityVisits(scope: Scope, authorizations: readonly Authorization[]): PlannedVisit[] {
  return [...stays(scope, authorizations), ...outpatientVisits(scope), ...visitUnderReview(scope)];
}

function stays(scope: Scope, authorizations: readonly Authorization[]): PlannedVisit[] {
  const { member, random } = scope;
  const knee = authorizations.find(({ key }) => key === KNEE_AUTHORIZATION);
  if (knee) return [stayVisit(scope, STAYS.knee, knee.decidedDay + STAY_AFTER_DAYS, knee.number)];
  const byChance = random.chance(0.1);
  const plan: StayPlan = random.pick([STAYS.pneumonia, STAYS.appendix]);
  const day = careDay(scope, yearOf(scope.today) - random.pick([2, 1]));
  if (day === undefined) return [];
  if (member.persona === 'sensitive') return [stayVisit(scope, STAYS.detoxification, day)];
  const isDue = byChance || member.persona === 'many' || member.persona === 'ordinary';
  return isDue && ageOn(member.birthDay, day) >= ADULT_AGE ? [stayVisit(scope, plan, day)] : [];
}

function stayVisit(scope: Scope, plan: StayPlan, day: number, authorizationNumber?: string): PlannedVisit {
  return {
    key: `stay-${plan.stay.drg}`,
    kind: 'inpatient',
    startDay: day,
    endDay: Math.min(day + plan.days, scope.today - 1),
    diagnoses: [plan.diagnosis],
    services: [],
    clinician: clinicianFor(scope, plan.performed?.implant ? 'orthopedics' : 'hospitalist', day),
    facility: facilityFor(scope, 'hospital'),
    stay: plan.stay,
    ...(plan.performed && { performed: plan.performed }),
    ...(plan.operatedBy && { operatedBy: clinicianAt(scope, plan.operatedBy) }),
    ...(authorizationNumber && { authorizationNumber }),
  };
}

function outpatientVisits(scope: Scope): PlannedVisit[] {
  const [firstYear = 0, ...later] = coveredYears(scope);
  const screeningDay = careDay(scope, firstYear);
  const visits = later.flatMap((year) => {
    const wanted = scope.random.chance(0.3);
    const day = careDay(scope, year);
    const { evaluation, imaging, supplies } = SERVICES;
    return wanted && day !== undefined
      ? [outpatient(scope, `imaging-${year}`, day, BACK_PAIN, [evaluation, imaging, supplies])]
      : [];
  });
  if (screeningDay === undefined || ageOn(scope.member.birthDay, screeningDay) < COLON_SCREENING_AGE)
    return visits;
  const screening = outpatient(scope, 'colonoscopy', screeningDay, COLON_SCREENING, [
    SERVICES.colonoscopy,
    SERVICES.sedation,
  ]);
  return [...visits, { ...screening, performed: { snomed: '73761001', name: 'Colonoscopy' } }];
}

/** A visit of this month, of which the plan reviews one line. */
function visitUnderReview(scope: Scope): PlannedVisit[] {
  const { tenant, member, today, enrollment } = scope;
  const stream = random(`${tenant.name}/under-review/${member.key}`);
  const day = today - REVIEW_DAYS;
  const isDue =
    member.persona === 'ordinary' || (member.persona === undefined && stream.chance(REVIEW_SHARE));
  if (!isDue || day < enrollment.startDay || ageOn(member.birthDay, day) < ADULT_AGE) return [];
  const { evaluation, imaging, supplies } = SERVICES;
  const lines = [evaluation, imaging, supplies];
  const visit = outpatient({ ...scope, random: stream }, 'under-review', day, BACK_PAIN, lines);
  return [{ ...visit, claim: { openLines: [lines.indexOf(imaging)] } }];
}

function outpatient(
  scope: Scope,
  key: string,
  day: number,
  diagnosis: Diagnosis,
  services: PlannedVisit['services'],
): PlannedVisit {
  return {
    key,
    kind: 'outpatient',
    startDay: day,
    endDay: day,
    diagnoses: [diagnosis],
    services,
    clinician: clinicianFor(scope, 'hospitalist', day),
    facility: facilityFor(scope, 'hospital'),
  };
}
