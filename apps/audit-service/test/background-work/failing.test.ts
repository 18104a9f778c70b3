import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BackgroundWork } from '../../src/background-work.ts';

const MINUTE_MS = 60_000;

describe('work in the background that fails', () => {
  let fails: boolean;
  let attempts: number;
  let told: string[];
  let work: BackgroundWork;
  beforeEach(() => {
    jest.useFakeTimers();
    fails = true;
    attempts = 0;
    told = [];
    work = new BackgroundWork((error, message) => void told.push(`${message}: ${(error as Error).message}`));
  });
  afterEach(async () => {
    await work.stop();
    jest.useRealTimers();
  });

  const attempt = () => {
    attempts += 1;
    return fails ? Promise.reject(new Error('the disk is full')) : Promise.resolve();
  };

  it('is tried again, told of each time, and counted from its first failure to its latest', async () => {
    work.every('checkpoints', MINUTE_MS, attempt, 'checkpoints not signed');
    await jest.advanceTimersByTimeAsync(0);
    expect(work.failingSeconds).toEqual({ checkpoints: 0 });
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS + 1);
    expect(work.failingSeconds).toEqual({ checkpoints: 600 });
    expect(told).toEqual(Array<string>(11).fill('checkpoints not signed: the disk is full'));
    fails = false;
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(work.failingSeconds).toEqual({ checkpoints: 0 });
    fails = true;
    await jest.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(work.failingSeconds).toEqual({ checkpoints: 60 });
  });

  it('does not count for work that is good', async () => {
    work.every('checkpoints', MINUTE_MS, attempt, 'checkpoints not signed');
    work.every('sums', MINUTE_MS, () => Promise.resolve(), 'the trail was not added up');
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(work.failingSeconds).toEqual({ checkpoints: 60, sums: 0 });
  });

  it('ends when it is stopped', async () => {
    work.every('checkpoints', MINUTE_MS, attempt, 'checkpoints not signed');
    await work.stop();
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect(attempts).toBe(1);
  });
});
