import { dayOf, isoDate, PLANS_START_DAY, yearOf } from '../fhir/dates.ts';
import { digitsOf, entryId, logicalId } from '../fhir/identity.ts';
import type { Random } from '../fhir/random.ts';
import {
  c4bb,
  codedConcept,
  meta,
  referenceTo,
  usCoreProfile,
  worded,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7, planNetDefinition, PROVIDER_TAXONOMY, SNOMED } from '../fhir/systems.ts';
import { FAMILY_NAMES, GIVEN_NAMES } from '../people/names.ts';
import type { SyntheticPlan } from '../tenants.ts';
import type { Facility, FacilityKind } from './facility.ts';
import { businessAddress, npiOf, taxOf } from './organizations.ts';
import { type DaySpan, periodElement, roleTerms } from './terms.ts';

export type Specialty =
  | 'family'
  | 'pediatrics'
  | 'orthopedics'
  | 'hospitalist'
  | 'therapy'
  | 'addiction'
  | 'psychiatry'
  | 'dentist'
  | 'optometry'
  | 'pharmacist'
  | 'pathology'
  | 'surgery'
  | 'obstetrics'
  | 'emergency'
  | 'cardiology'
  | 'oncology'
  | 'nursing'
  | 'rheumatology';

export interface Clinician {
  practitioner: Reference;
  role: Reference;
  specialty: Concept;
  facility: Facility;
  /** the days on which the clinician works there, as far as the plan's records go */
  working: DaySpan;
  /** who is at the same place in the same specialty, for good; none: nobody beside this one */
  colleague?: Clinician;
}

const DIRECTORY_DAY = dayOf(2023, 1, 1);
const CLINICIANS_PER_FACILITY = 2;
const FIRST_QUALIFIED_YEAR = 1995;
const SPECIALTIES: Readonly<Record<Specialty, { code: string; text: string; at: FacilityKind }>> = {
  family: { code: '207Q00000X', text: 'Family medicine', at: 'clinic' },
  pediatrics: { code: '208000000X', text: 'Pediatrics', at: 'clinic' },
  orthopedics: { code: '207X00000X', text: 'Orthopedic surgery', at: 'hospital' },
  hospitalist: { code: '208M00000X', text: 'Hospital medicine', at: 'hospital' },
  therapy: { code: '225100000X', text: 'Physical therapy', at: 'clinic' },
  addiction: { code: '207QA0401X', text: 'Addiction medicine', at: 'recovery' },
  psychiatry: { code: '2084P0800X', text: 'Psychiatry', at: 'recovery' },
  dentist: { code: '122300000X', text: 'Dentistry', at: 'dental' },
  optometry: { code: '152W00000X', text: 'Optometry', at: 'vision' },
  pharmacist: { code: '183500000X', text: 'Pharmacy', at: 'pharmacy' },
  pathology: { code: '207ZP0102X', text: 'Clinical pathology', at: 'laboratory' },
  surgery: { code: '208600000X', text: 'Surgery', at: 'hospital' },
  obstetrics: { code: '207V00000X', text: 'Obstetrics and gynecology', at: 'clinic' },
  emergency: { code: '207P00000X', text: 'Emergency medicine', at: 'hospital' },
  cardiology: { code: '207RC0000X', text: 'Cardiovascular disease', at: 'hospital' },
  oncology: { code: '207RX0202X', text: 'Medical oncology', at: 'hospital' },
  rheumatology: { code: '207RR0500X', text: 'Rheumatology', at: 'clinic' },
  nursing: { code: '163W00000X', text: 'Registered nurse', at: 'clinic' },
};

/** From the plan's first day on. */
const ALWAYS: DaySpan = { startDay: PLANS_START_DAY };

/** Of the second clinicians a third either retired in 2024 and 2025, or began then. The first ones are always there. */
function careerOf(key: string, isFirst: boolean): DaySpan {
  const number = Number(digitsOf(`career/${key}`, 4));
  const change = dayOf(2024, 4 + (Math.floor(number / 6) % 20), 1);
  if (isFirst || number % 6 > 1) return ALWAYS;
  return number % 6 === 0 ? { ...ALWAYS, endDay: change - 1 } : { startDay: change };
}

/** @returns whether a clinician works on a day */
const worksOn = ({ working }: Clinician, day: number): boolean =>
  working.startDay <= day && day <= (working.endDay ?? day);

/** @returns the clinician, or the colleague who has the patients on a day on which the clinician does not work */
export const treatingOn = (clinician: Clinician, day: number): Clinician =>
  worksOn(clinician, day) ? clinician : (clinician.colleague ?? clinician);

/** Two clinicians of every specialty at every facility of its kind, each with a role there. */
export function cliniciansOf(tenant: SyntheticPlan, stream: Random, facilities: readonly Facility[]) {
  const bySpecialty = {} as Record<Specialty, Clinician[]>;
  const resources: SyntheticResource[] = [];
  for (const specialty of Object.keys(SPECIALTIES) as Specialty[]) {
    const { at, code, text } = SPECIALTIES[specialty];
    bySpecialty[specialty] = [];
    for (const [place, facility] of facilities.filter((candidate) => candidate.kind === at).entries()) {
      for (let i = 0; i < CLINICIANS_PER_FACILITY; i += 1) {
        const key = `${specialty}/${place}/${i}`;
        const taxonomy = worded(PROVIDER_TAXONOMY, code, text);
        const working = careerOf(key, i === 0);
        const made = clinicianAt(tenant, stream, { key, place, facility, taxonomy, working });
        const first = bySpecialty[specialty].at(-1);
        bySpecialty[specialty].push({ ...made.clinician, ...(i > 0 && first && { colleague: first }) });
        resources.push(...made.resources);
      }
    }
  }
  return { bySpecialty, resources };
}

interface Post {
  key: string;
  place: number;
  facility: Facility;
  taxonomy: Concept;
  working: DaySpan;
}

function clinicianAt(tenant: SyntheticPlan, stream: Random, post: Post) {
  const gender = stream.pick(['female', 'male'] as const);
  const given = stream.pick(GIVEN_NAMES[gender]);
  const family = stream.pick(FAMILY_NAMES);
  const id = logicalId(tenant.name, 'Practitioner', post.key);
  const practitioner = referenceTo('Practitioner', id, `${given} ${family}`);
  const roleId = logicalId(tenant.name, 'PractitionerRole', post.key);
  const telecom = [
    { system: 'phone', value: `(${tenant.areaCode}) 555-01${digitsOf(post.key, 2)}`, use: 'work' },
    {
      system: 'email',
      value: `${given}.${family}@clinicians.${tenant.name}.example`.toLowerCase(),
      use: 'work',
    },
  ];
  const clinician: Clinician = {
    practitioner,
    role: referenceTo('PractitionerRole', roleId, `${given} ${family}, ${post.taxonomy.text}`),
    specialty: post.taxonomy,
    facility: post.facility,
    working: post.working,
  };
  const person: SyntheticResource = {
    resourceType: 'Practitioner',
    id,
    meta: meta([usCoreProfile('practitioner'), c4bb('Practitioner')], DIRECTORY_DAY),
    identifier: [npiOf(`${tenant.name}/${post.key}`), taxOf(`${tenant.name}/${post.key}`)],
    active: post.working.endDay === undefined,
    name: [{ use: 'official', text: `${given} ${family}`, family, given: [given] }],
    telecom,
    address: [businessAddress(tenant, post.place, '200 Clinic Way')],
    gender,
    qualification: [{ code: post.taxonomy, period: qualifiedIn(post) }],
  };
  return { clinician, resources: [person, ...rolesOf(tenant, roleId, clinician, telecom)] };
}

/** Since a day before the plan's records begin. A licence ends with the year in which its holder retires. */
function qualifiedIn({ key, working: { endDay } }: Post): { start: string; end?: string } {
  const year = FIRST_QUALIFIED_YEAR + (Number(digitsOf(`qualified/${key}`, 3)) % 20);
  const start = isoDate(dayOf(year, 7, 1));
  return { start, ...(endDay !== undefined && { end: isoDate(dayOf(yearOf(endDay), 12, 31)) }) };
}

/** One role for each network and the days on which the clinician works in it. */
function rolesOf(tenant: SyntheticPlan, id: string, clinician: Clinician, telecom: object[]) {
  const role = roleOf(clinician, telecom);
  return roleTerms(tenant, clinician.facility, clinician.working).map(
    ({ network, ...days }, index): SyntheticResource => ({
      resourceType: 'PractitionerRole',
      id: entryId(tenant.name, 'PractitionerRole', id, index),
      meta: meta([usCoreProfile('practitionerrole')], DIRECTORY_DAY),
      ...(network && {
        extension: [{ url: planNetDefinition('network-reference'), valueReference: network }],
      }),
      active: true,
      period: periodElement(days),
      ...role,
    }),
  );
}

function roleOf(clinician: Clinician, telecom: object[]): object {
  return {
    practitioner: clinician.practitioner,
    organization: clinician.facility.organization,
    code: [
      {
        coding: [
          { system: hl7('practitioner-role'), code: 'doctor', display: 'Doctor' },
          { system: SNOMED, code: '223366009', display: 'Healthcare professional' },
        ],
        text: clinician.specialty.text,
      },
    ],
    specialty: [clinician.specialty],
    location: [clinician.facility.location],
    telecom,
    endpoint: [clinician.facility.endpoint],
  };
}

/** Participant role of the clinician who looks after the member as a whole. */
export const PRIMARY_CARE_ROLE: Concept = codedConcept(SNOMED, '446050000', 'Primary care provider');
