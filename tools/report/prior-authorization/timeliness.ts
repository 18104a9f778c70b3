/** Whether each decision was in the API one business day after it was made (42 CFR 422.119(b)(1)(iv)). Pure functions. */
import { nextBusinessDay } from './business-days.ts';
import { datedDecision, type ReportedDecision } from './classify.ts';
import type { StoredRequest } from './requests.ts';

export interface TimedDecision {
  /** id of the ExplanationOfBenefit */
  id: string;
  decision: ReportedDecision;
  /** as the plan sent it */
  decidedAt: string;
  /** when the first version with it was stored */
  stored: Date;
  /** the last day on which it is in time, by the clock of the plan */
  due: string;
  /** `before the first load`: the decision was made before the plan loaded anything, so nobody could keep the time */
  state: 'in time' | 'late' | 'before the first load';
}

const DAY = 'yyyy-mm-dd'.length;
const MINUTE_MS = 60_000;

/** The day of a moment by the clock that a time was written with: its offset, or UTC. */
function dayByClockOf(time: string, moment: Date): string {
  const [, sign = '+', hours = '0', minutes = '0'] = /T.*([+-])(\d\d):(\d\d)$/.exec(time) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return new Date(moment.getTime() + offset * MINUTE_MS).toISOString().slice(0, DAY);
}

function decisionsOf({ current, earlier, stored }: StoredRequest): Omit<TimedDecision, 'due' | 'state'>[] {
  const versions = [...earlier, current].flatMap((version, index) => {
    const [dated, at] = [datedDecision(version), stored[index]];
    return dated && at ? [{ id: current.id, ...dated, stored: at }] : [];
  });
  const first = new Map<string, (typeof versions)[number]>();
  for (const each of versions) {
    const key = `${each.decision} ${each.decidedAt}`;
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()];
}

/**
 * @param firstLoad when the plan's first prior authorization was stored
 * @returns a row for each decision with a time; the later ones of a request count by themselves
 */
export function timelinessOf(requests: readonly StoredRequest[], firstLoad: Date): TimedDecision[] {
  return requests.flatMap(decisionsOf).map((each) => {
    const { decidedAt, stored } = each;
    const due = nextBusinessDay(decidedAt.slice(0, DAY));
    const isInTime = dayByClockOf(decidedAt, stored) <= due;
    const isBefore = decidedAt.slice(0, DAY) < dayByClockOf(decidedAt, firstLoad);
    const state = isInTime ? 'in time' : isBefore ? 'before the first load' : 'late';
    return { ...each, due, state };
  });
}

/** @returns the late decisions among them that came into the API at or after a moment; left out: all late ones */
export const lateSince = (
  decisions: readonly TimedDecision[],
  since = new Date(0),
): readonly TimedDecision[] => decisions.filter(({ state, stored }) => state === 'late' && stored >= since);
