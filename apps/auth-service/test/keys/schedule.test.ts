import { describe, expect, it } from '@jest/globals';
import { keyState, nextChange, publishedKeys } from '../../src/domain/keys/schedule.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 25, 0, minute));
const key = (name: string, alg: string, from: number, retires?: number) => ({
  name,
  alg,
  signsFrom: at(from),
  retiresAt: retires === undefined ? null : at(retires),
});

const KEYS = [
  key('old', 'ES256', 0, 30),
  key('new', 'ES256', 20),
  key('old', 'RS256', 0, 30),
  key('new', 'RS256', 20),
];
const [OLD, NEW] = KEYS as [(typeof KEYS)[0], (typeof KEYS)[0]];

describe('a key', () => {
  it.each([
    [10, ['signing', 'next'], 20, ['old', 'new']],
    [19, ['signing', 'next'], 20, ['old', 'new']],
    [20, ['retiring', 'signing'], 30, ['new', 'old']],
    [29, ['retiring', 'signing'], 30, ['new', 'old']],
    [30, ['retired', 'signing'], Infinity, ['new']],
  ])('has a state that depends on the clock only: minute %d', (minute, states, change, published) => {
    const now = at(minute);
    expect([OLD, NEW].map((each) => keyState(each, KEYS, now))).toEqual(states);
    expect(nextChange(KEYS, now)).toBe(change === Infinity ? Infinity : at(change).getTime());
    for (const alg of ['ES256', 'RS256']) {
      const ofAlg = publishedKeys(KEYS, now).filter((each) => each.alg === alg);
      expect(ofAlg.map(({ name }) => name)).toEqual(published);
    }
  });

  it('signs although a slow clock says that it is too early, if there is no other key', () => {
    expect(keyState(NEW, [NEW], at(10))).toBe('signing');
  });
});
