import { describe, expect, it, jest } from '@jest/globals';

const LIMITS = { max: 100, maxSize: 1_000, ttl: 5_000 };
const ANSWER = { answer: 42 };

// lru-cache keeps the clock that it finds when it is loaded, so it is loaded after this, and all tests have the same one.
jest.useFakeTimers();
const { ExpiringCache } = await import('../../src/expiring-cache.ts');
// What is kept at the instant 0 never expires for it.
jest.advanceTimersByTime(1);

describe('a cache of answers', () => {
  it('lets go of what has expired, though nobody asks for it', () => {
    const cache = new ExpiringCache<typeof ANSWER>(LIMITS);
    cache.set('a', ANSWER, { size: 1 });
    cache.set('b', ANSWER, { size: 1, ttl: 9_000 });
    expect(cache.size).toBe(2);
    jest.advanceTimersByTime(6_000);
    cache.set('c', ANSWER, { size: 1 });
    jest.advanceTimersByTime(4_100);
    expect([cache.size, ...cache.keys()]).toEqual([1, 'c']);
    jest.advanceTimersByTime(5_000);
    expect([cache.size, cache.calculatedSize]).toEqual([0, 0]);
  });

  it('wakes nobody while it is empty, and sweeps again when something is kept again', () => {
    const cache = new ExpiringCache<typeof ANSWER>(LIMITS);
    expect(jest.getTimerCount()).toBe(0);
    for (let round = 0; round < 2; round += 1) {
      for (const key of ['a', 'b', 'c']) cache.set(key, ANSWER, { size: 1 });
      jest.advanceTimersByTime(10_002);
      expect([cache.size, jest.getTimerCount()]).toEqual([0, 0]);
    }
  });

  it('lets go of what was not asked for the longest time when there is no room', () => {
    const cache = new ExpiringCache<typeof ANSWER>(LIMITS);
    for (const key of ['a', 'b', 'c']) cache.set(key, ANSWER, { size: 400 });
    expect([...cache.keys()]).toEqual(['c', 'b']);
    cache.set('too large', ANSWER, { size: 1_001 });
    expect(cache.has('too large')).toBe(false);
  });

  it('does not keep a process from its end', () => {
    jest.useRealTimers();
    const cache = new ExpiringCache<typeof ANSWER>(LIMITS);
    const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
    const before = timers();
    cache.set('a', ANSWER, { size: 1 });
    expect(timers()).toBe(before);
  });
});
