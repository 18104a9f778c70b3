import { spanOn } from '../coverage/enrollment.ts';
import type { Line } from '../coverage/product.ts';
import { dayOf, yearOf } from '../fhir/dates.ts';
import type { Sensitivity } from '../fhir/resource.ts';
import { coverageEndOf } from '../people/families.ts';
import { type Clinician, type Specialty, treatingOn } from '../reference/practitioners.ts';
import { type Facility, type FacilityKind, isInNetwork } from '../reference/facility.ts';
import type { LineRefusal } from '../claims/refusals.ts';
import type { Scope } from '../scope.ts';
import type { Diagnosis } from './diagnoses.ts';
import type { Service, StayLine } from './services.ts';

/** Claims of the last days are still on their way: no care of them is recorded. */
const ON_THEIR_WAY_DAYS = 5;

export type VisitKind = 'office' | 'home' | 'outpatient' | 'inpatient' | 'oral' | 'vision' | 'ambulance';

/** What the claim of one visit has beyond what every claim of its kind has. */
export interface ClaimRemarks {
  /** The claim replaced an earlier one. */
  corrected?: boolean;
  /** Places in the list of lines, from 0, of those that the plan refuses. */
  refusedLines?: readonly number[];
  /** why; left out: by the day */
  refusal?: LineRefusal;
  /** The plan pays them after an appeal. */
  isAppealed?: true;
  /** Places in the list of lines, from 0, of those that the plan has not decided yet. */
  openLines?: readonly number[];
  /** The plan got the claim so many days later than usual. */
  lateDays?: number;
  /** The plan pays one sum for several visits, so the claim of this one has no amounts. */
  isBundled?: boolean;
  /** Further `supportingInfo`, without `sequence`; the first line refers to it. */
  information?: readonly object[];
}

/** The hospital's side of an inpatient stay. */
export interface Stay {
  drg: string;
  drgText: string;
  lines: readonly StayLine[];
}

/** A procedure done at a visit, as charts and as hospital claims code it. */
export interface Performed {
  snomed: string;
  name: string;
  icd10pcs?: string;
  /** SNOMED CT code and name of what was implanted. */
  implant?: readonly [string, string];
}

/** A visit before anybody asks who pays. */
export interface PlannedVisit {
  /** Unique among the member's visits. */
  key: string;
  kind: VisitKind;
  startDay: number;
  endDay: number;
  /** The first is the principal one. */
  diagnoses: readonly Diagnosis[];
  services: readonly Service[];
  clinician: Clinician;
  facility: Facility;
  wellness?: boolean;
  stay?: Stay;
  performed?: Performed;
  /** Number of the prior authorization under which the care was given. */
  authorizationNumber?: string;
  /** The patient died in the stay. */
  fatal?: boolean;
  /** The patient went to another hospital. */
  discharge?: 'transferred';
  /** The patient came from there. */
  origin?: 'another hospital';
  /** who operated */
  operatedBy?: Clinician;
  claim?: ClaimRemarks;
}

export interface Visit extends PlannedVisit {
  /** The facility had a contract for the member's product on that day. */
  inNetwork: boolean;
}

const LINES: Partial<Record<VisitKind, Line>> = { oral: 'dental', vision: 'vision' };

/** The visit as the plan sees it. */
export function withNetwork({ enrollment }: Pick<Scope, 'enrollment'>, visit: PlannedVisit): Visit {
  const { plan } = spanOn(enrollment, LINES[visit.kind] ?? 'medical', visit.startDay);
  return { ...visit, inNetwork: isInNetwork(visit.facility, plan, visit.startDay) };
}

/** The day of which a claim sent at once would be: the plan gets it a few days later. */
export const sentDay = ({ endDay, claim }: PlannedVisit): number => endDay + (claim?.lateDays ?? 0);

/** A visit is as sensitive as its most sensitive reason. */
export function sensitivityOf(visit: Visit): Sensitivity | undefined {
  return visit.diagnoses.find((diagnosis) => diagnosis.sensitivity)?.sensitivity;
}

const FINAL_STAY_DAYS = 6;

/** The last day on which the member came for care: a member who has died spent the last days in a hospital. */
export function lastCareDay({ member: { deathDay, leftOn }, today }: Scope): number {
  return deathDay === undefined ? (leftOn ?? today - ON_THEIR_WAY_DAYS) : deathDay - FINAL_STAY_DAYS;
}

/** The calendar years in which the member was covered. */
export function coveredYears(scope: Scope): number[] {
  const first = yearOf(scope.enrollment.startDay);
  const last = yearOf(coverageEndOf(scope.member) ?? scope.today);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** A day of the year on which the member was covered, or nothing where the year leaves too few. */
export function careDay(scope: Scope, year: number): number | undefined {
  const from = Math.max(scope.enrollment.startDay, dayOf(year, 1, 1));
  const to = Math.min(lastCareDay(scope), dayOf(year, 12, 28));
  const day = from + Math.floor(scope.random.next() * Math.max(1, to - from));
  return to - from < 14 ? undefined : day;
}

const CITY_SHARE_OF_CLINICIANS = 2;

/** A clinician of the specialty in the member's city, who works there on that day. */
export function clinicianFor(scope: Scope, specialty: Specialty, day: number): Clinician {
  const place = cityIndex(scope) * CITY_SHARE_OF_CLINICIANS;
  const choices = scope.directory.clinicians[specialty].slice(place, place + CITY_SHARE_OF_CLINICIANS);
  return treatingOn(scope.random.pick(choices), day);
}

/** The first clinician of the specialty in the member's city, or in the next one: who works there always. */
export function clinicianAt(scope: Scope, specialty: Specialty, isAway = false): Clinician {
  const place = cityIndex(scope, isAway) * CITY_SHARE_OF_CLINICIANS;
  return scope.directory.clinicians[specialty][place] as Clinician;
}

/** The facility of the kind in the member's city, or in the next one. */
export function facilityFor(scope: Scope, kind: FacilityKind, isAway = false): Facility {
  return scope.directory.facilities[kind][cityIndex(scope, isAway)] as Facility;
}

function cityIndex({ tenant: { cities }, member }: Scope, isAway = false): number {
  const own = cities.findIndex(({ city }) => city === member.address.city);
  return isAway ? (own + 1) % cities.length : own;
}
