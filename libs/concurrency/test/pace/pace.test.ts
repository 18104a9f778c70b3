import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Pace } from '../../src/index.ts';

const QUICK_MS = 100;
const SLOW_MS = 500;

describe('a pace', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  /** Looks again and again. @returns the times of the looks, and what tells the next looks that there is something */
  function looking(pace: Pace) {
    const startedAt = Date.now();
    const looks: number[] = [];
    const seen = { found: false, looks };
    void (async () => {
      for (;;) {
        await pace.rest(seen.found);
        looks.push(Date.now() - startedAt);
      }
    })();
    return seen;
  }

  test('is slower after each look that finds nothing, and has a slowest', async () => {
    const { looks } = looking(new Pace(QUICK_MS, SLOW_MS));
    await jest.advanceTimersByTimeAsync(2_300);
    expect(looks).toEqual([100, 300, 700, 1_200, 1_700, 2_200]);
  });

  test('is quick as long as something is found', async () => {
    const seen = looking(new Pace(QUICK_MS, SLOW_MS));
    await jest.advanceTimersByTimeAsync(1_100);
    seen.found = true;
    await jest.advanceTimersByTimeAsync(500);
    expect(seen.looks).toEqual([100, 300, 700, 1_200, 1_300, 1_400, 1_500, 1_600]);
  });

  test('is quick again when somebody knows of something, and not put off by it', async () => {
    const pace = new Pace(QUICK_MS, SLOW_MS);
    const { looks } = looking(pace);
    await jest.advanceTimersByTimeAsync(750);
    pace.quicken();
    await jest.advanceTimersByTimeAsync(60);
    pace.quicken();
    await jest.advanceTimersByTimeAsync(400);
    expect(looks).toEqual([100, 300, 700, 850, 950, 1_150]);
  });

  test('can be due now, and ends', async () => {
    const pace = new Pace(QUICK_MS, SLOW_MS);
    let ended = 0;
    void pace.rest(false).then(() => (ended += 1));
    pace.hurry();
    await jest.advanceTimersByTimeAsync(0);
    expect(ended).toBe(1);
    void pace.rest(false).then(() => (ended += 1));
    pace.stop();
    await jest.advanceTimersByTimeAsync(0);
    expect(ended).toBe(2);
    await pace.rest(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});
