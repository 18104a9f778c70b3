/**
 * How much of what is wrong is found: valid examples of each profile that ships are broken in one place, against each
 * kind of rule, by seed. The figures are printed, and what is missed is named.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PackageResource } from '@patient-access/fhir';
import { tries } from '@patient-access/testing';
import { drawOf } from './draw.ts';
import { boundProfiles, type BoundProfile, MUTANT_SETS, type MutantSet } from './examples.ts';
import { shortOf, summed, tallied } from './tally.ts';

const chosen = process.env['MUTANTS_SEED'];
const SEEDS = chosen === undefined ? [20261127, 1, 4711].slice(0, tries(1, 3)) : [Number(chosen)];
const WANTED = 0.95;

const NOT_SHIPPED = 'it is of another guide, whose definitions are not shipped, so that it is not checked';

/** The profiles of which neither the synthetic population nor the guides have an example, and why. */
const WITHOUT_EXAMPLE: Readonly<Record<MutantSet, Readonly<Record<string, string>>>> = {
  '2023': { 'sdc-questionnaire|3.0.0': NOT_SHIPPED },
  '2027': { 'sdc-questionnaire|3.0.0': NOT_SHIPPED },
  published: {},
};

describe.each(MUTANT_SETS)('of the guides %s, as they ship', (set) => {
  let profiles: BoundProfile[];
  let definitions: readonly PackageResource[];
  beforeAll(async () => {
    ({ profiles, definitions } = await boundProfiles(set, drawOf(1)));
  });

  test('every profile has a valid example, or is named as one without', () => {
    const without = profiles.filter(({ examples }) => examples.length === 0);
    expect(without.map(({ canonical }) => shortOf(canonical)).sort()).toEqual(
      Object.keys(WITHOUT_EXAMPLE[set]).sort(),
    );
  });

  test('95 % of the broken examples are found', () => {
    const { lines, total, rate } = summed(tallied(definitions, profiles, SEEDS));
    console.log([`guides ${set}, seeds ${SEEDS.join(', ')}:`, ...lines].join('\n'));
    expect(total).toBeGreaterThan(tries(100, 200));
    expect(rate).toBeGreaterThanOrEqual(WANTED);
  });
});
