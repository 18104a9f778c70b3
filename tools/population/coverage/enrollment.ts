import { dayOf, historyStartDay, monthStart, yearOf } from '../fhir/dates.ts';
import { digitsOf, logicalId } from '../fhir/identity.ts';
import { random, type Random } from '../fhir/random.ts';
import { coverageEndOf, type SyntheticMember } from '../people/families.ts';
import type { SyntheticPlan } from '../tenants.ts';
import { PLANS } from './plans.ts';
import type { Line, Plan } from './product.ts';

/** One product held from `startDay` to `endDay`, both included; no end: in force. */
export interface Span {
  coverageId: string;
  plan: Plan;
  startDay: number;
  endDay?: number;
}

export interface Enrollment {
  subscriberId: string;
  /** Subscriber id and dependent number: what stands on the card. */
  memberNumber: string;
  uniqueMemberId: string;
  groupNumber: string;
  groupName: string;
  withSpouse: boolean;
  startDay: number;
  spans: readonly Span[];
}

const EMPLOYERS = [
  'Harbor Logistics',
  'Pine Street Schools',
  'Meridian Foods',
  'Gray Wolf Software',
] as const;

/** The contract is the family's: its random stream knows nothing of the member, who only joins it. */
export function enroll(
  { tenant, seed, today }: { tenant: SyntheticPlan; seed: number; today: number },
  member: SyntheticMember,
  family: readonly SyntheticMember[],
): Enrollment {
  const stream = random(`${tenant.name}/${seed}/enrollment/${member.familyKey}`);
  const isNew = member.persona === 'new';
  // The day of a plan begins hours after that of UTC. On the first of a month who is new has been covered for a month.
  const familyStart = isNew ? monthStart(today - 1) : familyStartDay(stream, member, today);
  const startDay = Math.max(familyStart, member.birthDay);
  const subscriberId = `${tenant.name.slice(0, 2).toUpperCase()}${digitsOf(`subscriber/${tenant.name}/${member.familyKey}`, 9)}`;
  const products = [...medicalYears(stream, familyStart, today), ...ancillaries(familyStart)];
  const employer = stream.pick(EMPLOYERS);
  return {
    subscriberId,
    memberNumber: `${subscriberId}-${dependentNumber(member)}`,
    uniqueMemberId: digitsOf(`unique/${tenant.name}/${member.key}`, 12),
    groupNumber: `G${digitsOf(`group/${tenant.name}/${employer}`, 6)}`,
    groupName: employer,
    withSpouse: family.some((other) => other.relationship === 'spouse'),
    startDay,
    spans: until(coverageEndOf(member), products)
      .filter((span) => span.endDay === undefined || span.endDay >= startDay)
      .map((span, index) => ({
        coverageId: logicalId(tenant.name, 'Coverage', `${member.key}/${index}/${span.plan.code}`),
        ...span,
        startDay: Math.max(span.startDay, startDay),
      })),
  };
}

/** What is left of the products when all coverage ends on a day. */
function until<Product extends Pick<Span, 'startDay' | 'endDay'>>(
  lastDay: number | undefined,
  products: readonly Product[],
): Product[] {
  if (lastDay === undefined) return [...products];
  return products
    .filter(({ startDay }) => startDay <= lastDay)
    .map((product) => ({ ...product, endDay: Math.min(product.endDay ?? lastDay, lastDay) }));
}

/** The number of the person in the family, from 01 for the subscriber. */
export function dependentNumber(member: SyntheticMember): string {
  return String(member.position + 1).padStart(2, '0');
}

/** What the member held on a day; claims are made only for days on which something was held. */
export function spanOn(enrollment: Enrollment, line: Line, day: number): Span {
  const found = enrollment.spans.find(
    (span) => span.plan.line === line && span.startDay <= day && (span.endDay ?? day) >= day,
  );
  if (found === undefined)
    throw new Error(`no ${line} coverage on day ${day} for ${enrollment.memberNumber}`);
  return found;
}

function familyStartDay(stream: Random, member: SyntheticMember, today: number): number {
  const late = stream.chance(0.25);
  const offset = stream.int(0, 15);
  if (!late || member.persona !== undefined) return historyStartDay(today);
  return dayOf(yearOf(historyStartDay(today)), 1 + offset, 1);
}

/** One product per stretch of calendar years; the product changes on the first of January. */
function medicalYears(stream: Random, startDay: number, today: number): Omit<Span, 'coverageId'>[] {
  const medical = PLANS.filter((plan) => plan.line === 'medical');
  const spans: Omit<Span, 'coverageId'>[] = [];
  let current = stream.int(0, medical.length - 1);
  let since = startDay;
  const lastYear = yearOf(today);
  for (let year = yearOf(startDay) + 1; year <= lastYear; year += 1) {
    const neverChanged = spans.length === 0 && year === lastYear;
    if (!stream.chance(0.4) && !neverChanged) continue;
    const change = dayOf(year, 1, 1);
    spans.push({ plan: medical[current] as Plan, startDay: since, endDay: change - 1 });
    current = (current + stream.int(1, medical.length - 1)) % medical.length;
    since = change;
  }
  return [...spans, { plan: medical[current] as Plan, startDay: since }];
}

function ancillaries(startDay: number): Omit<Span, 'coverageId'>[] {
  return PLANS.filter((plan) => plan.line !== 'medical').map((plan) => ({ plan, startDay }));
}
