import { dayOf, DAYS_PER_YEAR, yearOf } from '../fhir/dates.ts';
import { random, type Random } from '../fhir/random.ts';
import { PERSONAS, PREVIEW_FAMILIES, type Persona, type Relationship } from './personas.ts';
import { FAMILY_NAMES, GIVEN_NAMES, STREETS } from './names.ts';
import type { SyntheticPlan } from '../tenants.ts';

interface Address {
  line: string;
  city: string;
  state: string;
  postalCode: string;
}

/** A member of the plan. `key` (`<family>.<position>`) names the member in every id and random stream. */
export interface SyntheticMember {
  key: string;
  familyKey: string;
  position: number;
  relationship: Relationship;
  persona?: Persona;
  given: string;
  middle: string;
  family: string;
  gender: 'female' | 'male';
  birthDay: number;
  deathDay?: number;
  /** the last day of the coverage of a member who has left the plan */
  leftOn?: number;
  phone: string;
  address: Address;
}

/** Who is in a family, before anybody has a name. */
interface Seat {
  relationship: Relationship;
  age: number;
  persona?: Persona;
  diedDaysAgo?: number;
  leftLastYear?: boolean;
}

const BIRTHDAYS_MONTH = 6;
const BIRTHDAYS_DAY = 30;

/** The day from which ages count back: it moves once a year, so that nobody's date of birth changes every day. */
function agesCountFrom(today: number): number {
  const thisYear = dayOf(yearOf(today), BIRTHDAYS_MONTH, BIRTHDAYS_DAY);
  return thisYear <= today ? thisYear : dayOf(yearOf(today) - 1, BIRTHDAYS_MONTH, BIRTHDAYS_DAY);
}

/** Members in the order of the plan's dependent number: subscriber, spouse, children. */
export function familyAt(
  tenant: SyntheticPlan,
  { seed, today }: { seed: number; today: number },
  index: number,
): SyntheticMember[] {
  const stream = random(`${tenant.name}/${seed}/family/${index}`);
  const preview = PREVIEW_FAMILIES[index];
  const seats = preview?.map((persona) => ({ ...PERSONAS[persona], persona })) ?? seatsOf(stream);
  const family = (preview && tenant.castFamilies[index]) || stream.pick(FAMILY_NAMES);
  const address = addressOf(stream, tenant);
  const countFrom = agesCountFrom(today);
  return seats.map((seat, position) => {
    const cast = seat.persona && tenant.cast[seat.persona];
    const gender = cast?.gender ?? stream.pick(['female', 'male'] as const);
    return {
      key: `${index}.${position}`,
      familyKey: String(index),
      position,
      relationship: seat.relationship,
      ...(seat.persona && { persona: seat.persona }),
      given: cast?.given ?? stream.pick(GIVEN_NAMES[gender]),
      middle: stream.pick(GIVEN_NAMES[gender]).charAt(0),
      family,
      gender,
      ...(seat.diedDaysAgo !== undefined && { deathDay: today - seat.diedDaysAgo }),
      ...(seat.leftLastYear && { leftOn: dayOf(yearOf(today), 1, 1) - 1 }),
      birthDay: countFrom - seat.age * DAYS_PER_YEAR - Math.ceil(seat.age / 4) - stream.int(1, 360),
      phone: `(${tenant.areaCode}) 555-01${String(stream.int(0, 99)).padStart(2, '0')}`,
      address,
    };
  });
}

/** The day with which the member's coverage ended, by leaving the plan or by death; none: it goes on. */
export function coverageEndOf({ leftOn, deathDay }: SyntheticMember): number | undefined {
  return leftOn ?? deathDay;
}

export function fullName(member: SyntheticMember): string {
  return `${member.given} ${member.family}`;
}

function seatsOf(stream: Random): Seat[] {
  const age = stream.int(24, 72);
  const seats: Seat[] = [{ relationship: 'self', age }];
  if (stream.chance(0.6)) seats.push({ relationship: 'spouse', age: Math.max(22, age + stream.int(-6, 6)) });
  const children = age < 62 && stream.chance(0.55) ? stream.int(1, 3) : 0;
  const OLDEST_DEPENDANT_YEARS = 25;
  for (let i = 0; i < children; i += 1) {
    seats.push({ relationship: 'child', age: stream.int(0, Math.min(OLDEST_DEPENDANT_YEARS, age - 22)) });
  }
  return seats;
}

function addressOf(stream: Random, tenant: SyntheticPlan): Address {
  const place = stream.pick(tenant.cities);
  const line = `${stream.int(100, 9899)} ${stream.pick(STREETS)} ${stream.pick(['Street', 'Avenue', 'Lane'])}`;
  return { line, ...place, state: tenant.state };
}
