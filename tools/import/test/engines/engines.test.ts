/**
 * The invariants of R4 and of the guides mean to this product what they mean to an engine that others keep: both answer
 * the same about valid examples and about broken ones.
 */
import { expect, test } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { drawOf } from '../mutants/draw.ts';
import { boundProfiles, MUTANT_SETS } from '../mutants/examples.ts';
import { mutantRules } from '../mutants/mutate.ts';
import { Snapshots } from '../mutants/snapshot.ts';
import { mutantsOf } from '../mutants/tally.ts';
import { Comparison } from './comparison.ts';
import { ofProfile, ofR4 } from './evaluations.ts';

const SEED = 1;
const EXAMPLES = 3;

/** How many answers there have to be at least, so that a test that compares nothing fails. */
const ENOUGH = { same: 1000, broken: 5 };

test.each(MUTANT_SETS)(
  'the invariants of R4 and of the guides %s mean the same to both engines',
  async (set) => {
    const { definitions, profiles } = await boundProfiles(set, drawOf(SEED));
    const snapshots = new Snapshots(definitions);
    const [guides, r4] = [new Comparison(), new Comparison()];
    for (const profile of profiles) {
      const root = snapshots.root(profile.canonical);
      if (!root) continue;
      const mutants = mutantsOf(profile, mutantRules(snapshots, root), drawOf(SEED));
      const resources: Iterable<Resource> = profile.examples
        .slice(0, EXAMPLES)
        .concat([...mutants].map(({ resource }) => resource));
      for (const resource of resources) {
        for (const each of ofProfile(snapshots, root, resource)) guides.see(each, resource);
        for (const each of ofR4(resource)) r4.see(each, resource);
      }
    }
    console.log([`guides ${set}:`, ...guides.lines, 'R4:', ...r4.lines].join('\n'));
    for (const { same, broken, differing } of [guides, r4]) {
      expect([...differing.keys()]).toEqual([]);
      expect(same).toBeGreaterThan(ENOUGH.same);
      expect(broken).toBeGreaterThan(ENOUGH.broken);
    }
  },
);
