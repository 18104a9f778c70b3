/** From when to when providers are in which networks: members' records and the published directory both say it. */
import { isoDate } from '../fhir/dates.ts';
import type { Reference } from '../fhir/resource.ts';
import { networkReference } from '../coverage/plans.ts';
import type { SyntheticPlan } from '../tenants.ts';
import type { Contract, Facility } from './facility.ts';

/** Days in a row, both ends included; no end: they go on. */
export interface DaySpan {
  startDay: number;
  endDay?: number;
}

const lastOf = ({ endDay = Infinity }: DaySpan): number => endDay;

/** Element `period`. */
export const periodElement = ({ startDay, endDay }: DaySpan) => ({
  start: isoDate(startDay),
  ...(endDay !== undefined && { end: isoDate(endDay) }),
});

/** @returns the days that are in both; none: an empty list */
function daysInBoth(one: DaySpan, other: DaySpan): DaySpan[] {
  const startDay = Math.max(one.startDay, other.startDay);
  const endDay = Math.min(lastOf(one), lastOf(other));
  return startDay > endDay ? [] : [{ startDay, ...(endDay < Infinity && { endDay }) }];
}

/** A facility's networks from one day to another. */
interface NetworkTerm extends DaySpan {
  networks: readonly Reference[];
}

/** The terms of a facility, the oldest first. An OrganizationAffiliation has one period, so each term is listed by itself. */
export function affiliationTerms(tenant: SyntheticPlan, { contracts }: Facility): NetworkTerm[] {
  const byDates = Map.groupBy(contracts, ({ startDay, endDay }) => `${startDay}/${endDay ?? ''}`);
  return [...byDates.values()]
    .sort(([a], [b]) => (a?.startDay ?? 0) - (b?.startDay ?? 0))
    .map((same) => {
      const [{ startDay, endDay }] = same as [Contract];
      return {
        startDay,
        ...(endDay !== undefined && { endDay }),
        networks: same.map(({ plan }) => networkReference(tenant, plan)),
      };
    });
}

/** What a clinician is at a facility from one day to another, in one network or in none. */
interface RoleTerm extends DaySpan {
  network?: Reference;
}

/**
 * The terms of a clinician: those that go on are the first, then the oldest. Plan-Net has one network in a role.
 *
 * @param working the days on which the clinician works there
 */
export function roleTerms(tenant: SyntheticPlan, { contracts }: Facility, working: DaySpan): RoleTerm[] {
  const inNetwork = contracts.flatMap((contract) =>
    daysInBoth(contract, working).map((days) => ({
      ...days,
      network: networkReference(tenant, contract.plan),
    })),
  );
  const [first, last] = [
    Math.min(...contracts.map(({ startDay }) => startDay)),
    Math.max(...contracts.map(lastOf)),
  ];
  const outside: RoleTerm[] = [
    ...daysInBoth(working, { startDay: working.startDay, endDay: first - 1 }),
    ...(last < Infinity ? daysInBoth(working, { startDay: last + 1 }) : []),
  ];
  return [...inNetwork, ...outside].sort((a, b) => lastOf(b) - lastOf(a) || 0 || a.startDay - b.startDay);
}
