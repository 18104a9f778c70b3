/** Care that goes on for weeks: an emergency and what follows it, a birth, a cancer, teeth for more than a year's benefits. */
import { ageOn, yearOf } from '../fhir/dates.ts';
import { random } from '../fhir/random.ts';
import type { Persona } from '../people/personas.ts';
import type { Specialty } from '../reference/practitioners.ts';
import type { Scope } from '../scope.ts';
import {
  ARM_FRACTURE,
  CARIES,
  CHEMOTHERAPY,
  COLON_CANCER,
  DELIVERY,
  type Diagnosis,
  HEART_ATTACK,
  LIVE_BIRTH,
  OLD_HEART_ATTACK,
  PREGNANCY,
} from './diagnoses.ts';
import { BIRTH_LINES, SERVICES, STAY_LINES, SURGERY_LINES, type Service } from './services.ts';
import {
  careDay,
  clinicianAt,
  facilityFor,
  lastCareDay,
  type PlannedVisit,
  type VisitKind,
} from './visit.ts';

interface Step extends Pick<PlannedVisit, 'stay' | 'performed' | 'discharge' | 'origin'> {
  name: string;
  kind: VisitKind;
  /** days after the day on which the episode begins */
  after: number;
  days?: number;
  diagnoses: readonly Diagnosis[];
  services?: readonly Service[];
  specialty: Specialty;
  operatedBy?: Specialty;
  /** in the hospital of the next city */
  isAway?: boolean;
  /** The same again, so many times in all and so many days apart. */
  repeated?: { times: number; everyDays: number };
}

interface Episode {
  name: string;
  /** who has it always, so that the preview shows it */
  persona?: Persona;
  /** the share of others of that age and sex who have it */
  share: number;
  ages: readonly [from: number, to: number];
  gender?: 'female';
  steps: readonly Step[];
}

const EPISODES: readonly Episode[] = [
  {
    name: 'heart-attack',
    persona: 'many',
    share: 0.05,
    ages: [50, 90],
    steps: [
      {
        name: 'emergency',
        kind: 'outpatient',
        after: 0,
        diagnoses: [HEART_ATTACK],
        services: [SERVICES.emergency, SERVICES.emergencyDrug],
        specialty: 'emergency',
        discharge: 'transferred',
      },
      {
        name: 'stay',
        kind: 'inpatient',
        after: 0,
        days: 4,
        diagnoses: [HEART_ATTACK],
        specialty: 'cardiology',
        isAway: true,
        origin: 'another hospital',
        stay: { drg: '281', drgText: 'Heart attack with complications, survived', lines: STAY_LINES },
      },
      {
        name: 'rehabilitation',
        kind: 'outpatient',
        after: 24,
        diagnoses: [OLD_HEART_ATTACK],
        services: [SERVICES.cardiacRehabilitation],
        specialty: 'cardiology',
        repeated: { times: 8, everyDays: 4 },
      },
    ],
  },
  {
    name: 'colon-cancer',
    persona: 'left',
    share: 0.03,
    ages: [50, 90],
    steps: [
      {
        name: 'operation',
        kind: 'inpatient',
        after: 0,
        days: 5,
        diagnoses: [COLON_CANCER],
        specialty: 'hospitalist',
        operatedBy: 'surgery',
        stay: { drg: '331', drgText: 'Major bowel operation without complications', lines: SURGERY_LINES },
        performed: { snomed: '26390003', name: 'Total colectomy', icd10pcs: '0DTE0ZZ' },
      },
      {
        name: 'chemotherapy',
        kind: 'outpatient',
        after: 35,
        diagnoses: [CHEMOTHERAPY, COLON_CANCER],
        services: [SERVICES.infusion, SERVICES.oxaliplatin],
        specialty: 'oncology',
        repeated: { times: 6, everyDays: 14 },
      },
    ],
  },
  {
    name: 'fracture',
    persona: 'teen',
    share: 0.06,
    ages: [11, 60],
    steps: [
      {
        name: 'emergency',
        kind: 'outpatient',
        after: 0,
        diagnoses: [ARM_FRACTURE],
        services: [SERVICES.emergency, SERVICES.cast],
        specialty: 'emergency',
      },
    ],
  },
  {
    name: 'teeth',
    persona: 'ordinary',
    share: 0.05,
    ages: [30, 80],
    steps: [
      {
        name: 'root-canal',
        kind: 'oral',
        after: 0,
        diagnoses: [CARIES],
        services: [SERVICES.rootCanal, SERVICES.crown],
        specialty: 'dentist',
      },
      {
        name: 'crown',
        kind: 'oral',
        after: 7,
        diagnoses: [CARIES],
        services: [SERVICES.crown],
        specialty: 'dentist',
      },
    ],
  },
  {
    name: 'birth',
    persona: 'mother',
    share: 0.4,
    ages: [22, 38],
    gender: 'female',
    steps: [
      {
        name: 'prenatal',
        kind: 'office',
        after: 0,
        diagnoses: [PREGNANCY],
        services: [SERVICES.prenatal],
        specialty: 'obstetrics',
        repeated: { times: 3, everyDays: 21 },
      },
      {
        name: 'delivery',
        kind: 'inpatient',
        after: 70,
        days: 2,
        diagnoses: [DELIVERY, LIVE_BIRTH],
        specialty: 'obstetrics',
        operatedBy: 'obstetrics',
        stay: { drg: '807', drgText: 'Vaginal delivery without complications', lines: BIRTH_LINES },
        performed: { snomed: '48782003', name: 'Delivery of baby', icd10pcs: '10E0XZZ' },
      },
    ],
  },
];

function visitOf(scope: Scope, { name }: Episode, step: Step, day: number, turn: number): PlannedVisit {
  const { after, days = 0, specialty, operatedBy, isAway = false, repeated, ...own } = step;
  const startDay = day + after + turn * (repeated?.everyDays ?? 0);
  const clinician = clinicianAt(scope, specialty, isAway);
  const { name: part, services = [], kind, diagnoses, stay, performed, discharge, origin } = own;
  return {
    key: `${name}-${part}${turn > 0 ? `-${turn}` : ''}`,
    kind,
    startDay,
    endDay: startDay + days,
    diagnoses,
    services,
    clinician,
    facility:
      kind === 'office' || kind === 'oral' ? clinician.facility : facilityFor(scope, 'hospital', isAway),
    ...(stay && { stay }),
    ...(performed && { performed }),
    ...(discharge && { discharge }),
    ...(origin && { origin }),
    ...(operatedBy && { operatedBy: clinicianAt(scope, operatedBy, isAway) }),
  };
}

function isOf(scope: Scope, { name, persona, share, ages: [from, to], gender }: Episode): boolean {
  const { member, tenant, today } = scope;
  if (member.persona !== undefined) return member.persona === persona;
  const age = ageOn(member.birthDay, today);
  const fits = age >= from && age <= to && (gender ?? member.gender) === member.gender;
  return fits && random(`${tenant.name}/episode/${name}/${member.key}`).chance(share);
}

/**
 * Each episode begins in last year, as far as the member was covered. It has a random stream of its own, so that a new
 * row of the table changes nobody else's record.
 */
export function planEpisodes(scope: Scope): PlannedVisit[] {
  return EPISODES.filter((episode) => isOf(scope, episode)).flatMap((episode) => {
    const stream = random(`${scope.tenant.name}/episode/${episode.name}/${scope.member.key}/day`);
    const day = careDay({ ...scope, random: stream }, yearOf(scope.today) - 1);
    if (day === undefined) return [];
    return episode.steps
      .flatMap((step) =>
        Array.from({ length: step.repeated?.times ?? 1 }, (_, turn) =>
          visitOf(scope, episode, step, day, turn),
        ),
      )
      .filter(({ endDay }) => endDay <= lastCareDay(scope));
  });
}
