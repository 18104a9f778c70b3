/** What a quota makes of a clock that is set back, as when somebody mends one that was ahead. */
import { afterEach, expect, it, jest } from '@jest/globals';
import { MinuteCounts } from '../../src/quotas/minute-counts.ts';

const HOUR_MS = 3_600_000;
afterEach(() => void jest.restoreAllMocks());

it('begins a new minute, and does not wait until the clock is where it was', () => {
  const counts = new MinuteCounts();
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
  counts.take('a plan', 1);
  expect(counts.take('a plan', 1).left).toBe(-1);
  clock.mockReturnValue(now - HOUR_MS);
  const { left, seconds } = counts.take('a plan', 1);
  expect(left).toBe(0);
  expect(seconds).toBeLessThanOrEqual(60);
});
