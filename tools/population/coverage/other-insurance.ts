/** A second insurance in a family: the plan of the spouse's own employer. */
import { dayOf, isoDate, yearOf } from '../fhir/dates.ts';
import { random } from '../fhir/random.ts';
import type { SyntheticMember } from '../people/families.ts';
import type { SyntheticPlan } from '../tenants.ts';

export interface OtherInsurance {
  name: string;
  startDay: number;
  /** It pays before this plan. */
  isFirst: boolean;
}

/** The member and the family whom the subscriber insures with this plan, on a day. */
interface Insured {
  tenant: SyntheticPlan;
  family: readonly SyntheticMember[];
  member: SyntheticMember;
  subscriber: SyntheticMember;
  today: number;
}

const SHARE = 0.15;
const NAMES = ['Eastgate Mutual', 'Summit Health Insurance', 'Bluewater Benefit Trust'] as const;

/** The day in the year: the year of birth plays no part. */
const birthday = ({ birthDay }: SyntheticMember): string => isoDate(birthDay).slice(5);

/**
 * Who pays first, by the order of benefits of the NAIC: a plan of one's own comes before one as a dependant. For a child
 * the birthday rule holds: the plan of the parent whose birthday is earlier in the year.
 */
function paysFirst(member: SyntheticMember, subscriber: SyntheticMember, spouse: SyntheticMember): boolean {
  if (member.relationship !== 'child') return member === spouse;
  return birthday(spouse) < birthday(subscriber);
}

/** The other insurance covers the whole family since the first day of last year. */
export function otherInsuranceOf({
  tenant,
  family,
  member,
  subscriber,
  today,
}: Insured): OtherInsurance | undefined {
  const spouse = family.find(({ relationship }) => relationship === 'spouse');
  if (!spouse) return undefined;
  const stream = random(`${tenant.name}/other-insurance/${member.familyKey}`);
  const isOften = stream.chance(SHARE) || spouse.persona === 'spouse';
  const name = stream.pick(NAMES);
  return isOften
    ? { name, startDay: dayOf(yearOf(today) - 1, 1, 1), isFirst: paysFirst(member, subscriber, spouse) }
    : undefined;
}
