import { describe, expect, it } from '@jest/globals';
import { valuesAt } from '../../src/path.ts';

const CLAIM = {
  status: 'active',
  item: [{ servicedDate: '2026-01-01' }, { servicedPeriod: { start: '2026-02-01' } }, { servicedness: 'no' }],
  name: [{ family: 'A' }, { family: 'B', given: ['C', 'D'] }],
  alias: ['E'],
  extension: [
    { url: 'http://plan.example/a.b', valueCode: 'x' },
    { url: 'http://plan.example/c', valueCode: 'y' },
  ],
  constructor: undefined,
};

describe('a path', () => {
  it.each([
    ['status', ['active']],
    ['name.family', ['A', 'B']],
    ['name.given', ['C', 'D']],
    ['name.family|alias', ['A', 'B', 'E']],
    ['item.serviced[x]', ['2026-01-01', { start: '2026-02-01' }]],
    ['item.servicedPeriod.start', ['2026-02-01']],
    ['extension[url=http://plan.example/a.b].valueCode', ['x']],
    ['extension[url=http://plan.example/z].valueCode', []],
    ['absent.child', []],
    ['status.child', []],
    ['toString', []],
    ['__proto__', []],
  ])('%s', (path, values) => {
    expect(valuesAt(CLAIM, path)).toEqual(values);
  });

  it.each([null, undefined, 'text', 7, [], [null]])('finds nothing in %j', (nonsense) => {
    expect(valuesAt(nonsense, 'name.family')).toEqual([]);
    expect(valuesAt({ name: nonsense }, 'name.family')).toEqual([]);
  });

  it('throws for a text that is not a path', () => {
    expect(() => valuesAt({ name: 1 }, 'name[y]')).toThrow('not a path');
    expect(() => valuesAt({ name: 1 }, 'name..family')).toThrow('not a path');
    expect(() => valuesAt({ name: 1 }, 'name family')).toThrow('not a path');
    expect(() => valuesAt({ name: 1 }, '')).toThrow('not a path');
  });
});
