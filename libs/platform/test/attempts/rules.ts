/** Rules for services of tests, and what their edge has had recorded. */
import type { AttemptReport } from '@patient-access/events';
import { AttemptCounter, type AttemptRules } from '../../src/index.ts';

/** @param seconds after which counts are delivered */
export function rulesOf(withoutEvent: AttemptRules['withoutEvent'], seconds = 600) {
  const delivered: AttemptReport[] = [];
  const failures: unknown[] = [];
  let isAway = false;
  const counter = new AttemptCounter(
    (reports) => {
      if (isAway) return Promise.reject(new Error('away'));
      delivered.push(...reports);
      return Promise.resolve();
    },
    seconds,
    (error) => failures.push(error),
  );
  const rules: AttemptRules = {
    counter,
    withoutEvent,
    planOf: () => 'northwind',
    addressOf: ({ ip }) => ip,
  };
  return {
    rules,
    delivered,
    failures,
    /** Nothing can be delivered for as long as this is true. */
    goAway: (away: boolean) => void (isAway = away),
  };
}
