import { expect, test } from '@jest/globals';
import { advance, type Versioned, within } from '../../src/withholding/advance.ts';
import { admits, type Audience, beyond, both, withoutExclusion } from '../../src/withholding/audience.ts';
import { seeded } from '../random.ts';

const LABELS = ['a', 'b', 'c'];
const SUBSETS = Array.from({ length: 8 }, (_, bits) => LABELS.filter((_label, at) => bits & (1 << at)));

const { below: next } = seeded(7);

const someAudience = (): Audience =>
  LABELS.flatMap((label) => [[], [], [`+${label}`], [`-${label}`]][next(4)] as string[]).sort();

/** Random audiences of which no two share a caller. Together they may or may not cover everybody. */
function somePartition(): Audience[] {
  const parts: Audience[] = [];
  for (let tries = 0; tries < 4; tries += 1) parts.push(...beyond(someAudience(), parts));
  return parts;
}

const admitted = (audiences: readonly Audience[], released: string[]) =>
  audiences.filter((audience) => admits(audience, released)).length;

test('audiences are intersected and joined like sets of callers', () => {
  for (let world = 0; world < 2_000; world += 1) {
    const [one, other] = [someAudience(), someAudience()];
    const common = both(one, other);
    const rest = beyond(one, [other]);
    const kept = within(one, somePartition());
    for (const released of SUBSETS) {
      const [inOne, inOther] = [admits(one, released), admits(other, released)];
      expect(common ? admits(common, released) : false).toBe(inOne && inOther);
      expect(admitted(rest, released)).toBe(inOne && !inOther ? 1 : 0);
      expect(admitted(kept, released)).toBeLessThanOrEqual(inOne ? 1 : 0);
    }
  }
});

test('a caller keeps the version if its content stays the same, and gets a new one if it changes', () => {
  for (let world = 0; world < 2_000; world += 1) {
    const contents = ['x', 'y', 'z'];
    const versions = (): Versioned[] =>
      somePartition().map((audience) => ({ audience, content: contents[next(3)] as string }));
    const [olds, forms] = [versions(), versions()];
    const { kept, added, replaced, someoneLosesIt } = advance(olds, forms);
    let loses = false;
    for (const released of SUBSETS) {
      const before = olds.find(({ audience }) => admits(audience, released));
      const after = forms.find(({ audience }) => admits(audience, released));
      const mine = <Each extends { audience: Audience }>(list: Each[]) =>
        list.filter(({ audience }) => admits(audience, released));
      const isSame = before !== undefined && after !== undefined && before.content === after.content;
      expect(mine(kept)).toEqual(isSame ? [expect.objectContaining({ old: before, form: after })] : []);
      expect(mine(added)).toEqual(after && !isSame ? [expect.objectContaining({ form: after })] : []);
      expect(mine(replaced)).toEqual(
        before && after && !isSame ? [expect.objectContaining({ old: before })] : [],
      );
      loses ||= before !== undefined && after === undefined;
    }
    expect(someoneLosesIt).toBe(loses);
  }
});

test('an audience excludes callers because of a released label only if a term says so', () => {
  expect(withoutExclusion(['+a', '+b'])).toBe(true);
  expect(withoutExclusion(['+a', '-b'])).toBe(false);
});
