/** How Postgres compares the audience of a row with the labels that a member released. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../world.ts';

const LABELS = ['s|ETH', 's|PSY', 's|HIV'];
/** All subsets of a list. */
const subsets = (list: readonly string[]): string[][] =>
  list.reduce<string[][]>((all, one) => [...all, ...all.map((subset) => [...subset, one])], [[]]);
/** For each label: no term, it has to be released, or it must not be. */
const AUDIENCES = LABELS.reduce<string[][]>(
  (all, label) => all.flatMap((terms) => [terms, [...terms, `+${label}`], [...terms, `-${label}`]]),
  [[]],
);

/** `+label` has to be released, and `-label` must not be. */
const isFor = (audience: readonly string[], released: readonly string[]) =>
  audience.every((term) => released.includes(term.slice(1)) === term.startsWith('+'));

describe('the function admits of the database', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  const asked = async (audience: unknown, released: unknown) => {
    const { rows } = await world.admin.query<{ is: boolean }>('SELECT admits($1::text[], $2::text[]) AS is', [
      audience,
      released,
    ]);
    return rows[0]?.is;
  };

  it('compares each term', async () => {
    for (const audience of AUDIENCES)
      for (const released of subsets(LABELS))
        expect([audience, released, await asked(audience, released)]).toEqual([
          audience,
          released,
          isFor(audience, released),
        ]);
  });

  it('admits nobody to a row of some audience when it is not told what was released', async () => {
    expect(await asked(['+s|ETH'], null)).toBe(false);
    expect(await asked(['-s|ETH'], null)).toBe(false);
    expect(await asked(['+s|ETH'], [null])).toBe(false);
  });

  it('admits everybody to a row for everybody', async () => {
    expect(await asked(null, [])).toBe(true);
    expect(await asked([], [])).toBe(true);
  });
});
