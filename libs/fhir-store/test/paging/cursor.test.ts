import { describe, expect, it } from '@jest/globals';
import { type CursorBinding, Cursors } from '../../src/serve/cursor.ts';

const BINDING: CursorBinding = {
  tenant: 'north',
  member: 'anna',
  client: 'app',
  grant: 'g',
  path: 'Observation',
};
const AFTER = { keys: ['2026-11-25T00:00:00.000Z'], id: 'o-1' };
const QUERY: [string, string][] = [['_count', '5']];
const NOW_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;

const cursors = new Cursors(['a-secret-of-32-characters-at-least']);
const sealed = cursors.seal(BINDING, QUERY, AFTER, NOW_MS);

describe('a cursor', () => {
  it('opens on every replica that has the secret', () => {
    const replica = new Cursors(['a-secret-of-32-characters-at-least']);
    expect(replica.open(BINDING, sealed, NOW_MS)).toMatchObject({ query: QUERY, after: AFTER });
  });

  it('does not open with another secret', () => {
    expect(() => new Cursors(['another-secret']).open(BINDING, sealed, NOW_MS)).toThrow('_cursor');
  });

  it('opens at each step of a rotation, whichever replica sealed it', () => {
    const [old, next] = ['the-secret-of-last-year-0123456789', 'the-secret-of-this-year-0123456789'] as const;
    const steps = [[old], [old, next], [next, old], [next]] as const;
    const replicas = steps.map((secrets) => new Cursors(secrets));
    for (const [at, later] of replicas.slice(1).entries()) {
      const earlier = replicas[at] as Cursors;
      const by = (one: Cursors) => one.seal(BINDING, QUERY, AFTER, NOW_MS);
      expect(later.open(BINDING, by(earlier), NOW_MS)).toMatchObject({ query: QUERY });
      expect(earlier.open(BINDING, by(later), NOW_MS)).toMatchObject({ query: QUERY });
    }
  });

  it('expires after ten minutes', () => {
    expect(() => cursors.open(BINDING, sealed, NOW_MS + 10 * MINUTE_MS)).not.toThrow();
    expect(() => cursors.open(BINDING, sealed, NOW_MS + 10 * MINUTE_MS + 1)).toThrow(
      expect.objectContaining({ details: { parameter: '_cursor', reason: 'cursor-expired' } }),
    );
  });

  it.each(Object.keys(BINDING))('is bound to %s', (name) => {
    expect(() => cursors.open({ ...BINDING, [name]: 'other' }, sealed, NOW_MS)).toThrow('_cursor');
  });

  it('cannot be opened by a binding that has the same text in other parts', () => {
    const shifted = { ...BINDING, tenant: 'north","anna', member: '' };
    expect(() => cursors.open(shifted, sealed, NOW_MS)).toThrow('_cursor');
  });

  it('is different each time', () => {
    expect(cursors.seal(BINDING, QUERY, AFTER, NOW_MS)).not.toBe(sealed);
  });
});
