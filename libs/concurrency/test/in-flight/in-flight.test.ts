import { describe, expect, test } from '@jest/globals';
import { InFlight } from '../../src/index.ts';

describe('what is under way', () => {
  test('is there until it leaves, whatever else leaves before', () => {
    const inFlight = new InFlight<string>();
    const leave = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, inFlight.add(name)]));
    for (const name of ['b', 'e', 'a']) expect(leave.get(name)?.()).toBe(true);
    inFlight.add('f');
    expect(inFlight.takeAll().sort()).toEqual(['c', 'd', 'f']);
  });

  test('leaves once', () => {
    const inFlight = new InFlight<string>();
    const [leaveA, leaveB] = [inFlight.add('a'), inFlight.add('b')];
    expect([leaveA(), leaveA()]).toEqual([true, false]);
    expect(inFlight.takeAll()).toEqual(['b']);
    expect(leaveB()).toBe(false);
  });

  test('the same thing may be under way twice', () => {
    const inFlight = new InFlight<string>();
    const leave = inFlight.add('a');
    inFlight.add('a');
    leave();
    expect(inFlight.takeAll()).toEqual(['a']);
    expect(inFlight.takeAll()).toEqual([]);
  });
});
