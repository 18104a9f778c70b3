/** Which profiles are expected of a resource that claims none: those whose fixed parts it has. */
import type { Resource } from '../resource.ts';
import { belongsToSlice, hasPattern, isFixed, isObject, valuesOf } from './match.ts';
import type { Profile, Rules } from './rules.ts';
import { isIn } from './value-sets.ts';

type Test = (parent: unknown) => boolean;

/** A profile, with what it fixes in the resources that it is for. */
export interface Candidate {
  profile: Profile;
  tests: readonly Test[];
}

const ABOUT_THE_RESOURCE = 'meta';
/** How deep a required element may say which resources are meant: a coding of a code is at depth 2. */
const DEPTH = 2;

const valuesIn = (parent: unknown, element: Rules) => (isObject(parent) ? valuesOf(parent, element) : []);

function ownTests(element: Rules): Test[] {
  const { fixed, pattern, binding, slices, min, isChoice } = element;
  const some =
    (test: (value: unknown) => boolean): Test =>
    (parent) =>
      valuesIn(parent, element).some(({ value }) => test(value));
  const required = isChoice ? [] : slices.filter(({ rules }) => rules.min > 0);
  const tests = required.map(
    (slice): Test =>
      (parent) =>
        valuesIn(parent, element).some(
          ({ value, at }) => belongsToSlice(value, at, element, slice) === 'yes',
        ),
  );
  if (fixed !== undefined) tests.push(some((value) => isFixed(value, fixed)));
  if (pattern !== undefined) tests.push(some((value) => hasPattern(value, pattern)));
  if (binding && min > 0 && !isChoice) tests.push(some((value) => isIn(binding.codes, value)));
  return tests;
}

function testsOf(element: Rules, depth: number): Test[] {
  const own = ownTests(element);
  if (element.min === 0 || element.isChoice || depth === 1) return own;
  const below = element.children.flatMap((child) => testsOf(child, depth - 1));
  return own.concat(
    below.map(
      (test): Test =>
        (parent) =>
          test(valuesIn(parent, element)[0]?.value),
    ),
  );
}

export const candidateOf = (profile: Profile): Candidate => ({
  profile,
  tests: profile.root.children
    .filter(({ name }) => name !== ABOUT_THE_RESOURCE)
    .flatMap((child) => testsOf(child, DEPTH)),
});

/**
 * A guide that has several profiles for a type fixes in each which resources it is for, e.g. the type of a claim. A
 * profile that fixes nothing is expected where none of the others is.
 *
 * @param candidates the profiles that this API knows for the type
 */
export function expectedOf(candidates: readonly Candidate[], resource: Resource): readonly Profile[] {
  const meant = candidates.filter(({ tests }) => tests.length > 0 && tests.every((isMet) => isMet(resource)));
  const chosen = meant.length > 0 ? meant : candidates.filter(({ tests }) => tests.length === 0);
  return chosen.map(({ profile }) => profile);
}
