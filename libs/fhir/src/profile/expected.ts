/** Which profiles are expected of a resource. */
import { definitions } from '../definitions.ts';
import { DEFAULT_GUIDE_SET, type GuideSet, profilesIn } from '../guides/guide-sets.ts';
import { publicationOf } from '../publications.ts';
import type { Resource } from '../resource.ts';
import { versionlessCanonical } from './definitions.ts';
import { belongsToSlice, foundIn, hasPattern, isFixed, isObject, valuesIn } from './match.ts';
import type { Profile, Rules } from './rules.ts';
import { isIn } from './value-sets.ts';

/** The profiles that may be expected of resources. */
export interface ExpectedProfiles {
  /** @returns their canonicals for a type */
  of: (type: string) => readonly string[];
  /** they are for every resource of the type; otherwise only where one of them is abstract */
  isForAll?: boolean;
}

/** @returns those of a set of guides */
export const expectedInSet = (set: GuideSet): ExpectedProfiles => ({
  of: (type) => profilesIn(set, definitions.get(type)?.profiles ?? []),
});

export const ofDefaultSet = expectedInSet(DEFAULT_GUIDE_SET);

/** @returns those of what a plan publishes; undefined for a plan's own tenant */
export function expectedIfPublished(tenant: string): ExpectedProfiles | undefined {
  const publication = publicationOf(tenant);
  return publication && { of: (type) => publication.profiles[type] ?? [], isForAll: true };
}

type Test = (parent: unknown) => boolean;

/** A profile, with what it fixes in the resources that it is for. */
export interface Candidate {
  /** as a resource should name it */
  canonical: string;
  profile: Profile;
  tests: readonly Test[];
  /** how many elements that occur once it gives a value: a code says more than one of several categories */
  exactness: number;
}

/** The profiles that are known for a type. */
export interface Candidates {
  /** not abstract */
  concrete: readonly Candidate[];
  /** what is expected of a resource that is like none of them; absent where a resource may be none of them */
  otherwise?: Candidate | undefined;
}

const ABOUT_THE_RESOURCE = 'meta';
const NAMED_PROFILES = 'profile';
/** How deep a required element may say which resources are meant: a coding of a code is at depth 2. */
const DEPTH = 2;

function ownTests(element: Rules): Test[] {
  const { fixed, pattern, binding, slices, min, isChoice } = element;
  const some =
    (test: (value: unknown) => boolean): Test =>
    (parent) =>
      valuesIn(parent, element).some(test);
  const required = isChoice ? [] : slices.filter(({ rules }) => rules.min > 0);
  // Where a filter says which codes of a system are meant, it is unknown whether one of them belongs to the slice.
  const tests = required.map((slice): Test => (parent) => {
    if (!isObject(parent)) return false;
    const { key, values } = foundIn(parent, element);
    return values.some((value) => belongsToSlice(value, key, element, slice) !== 'no');
  });
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
          test(valuesIn(parent, element)[0]),
    ),
  );
}

/** Some profiles ask that a resource names them without version, in a slice of `meta.profile`. */
function namedWithoutVersion({ root, url }: Profile): boolean {
  const meta = root.children.find(({ name }) => name === ABOUT_THE_RESOURCE);
  const named = meta?.children.find(({ name }) => name === NAMED_PROFILES);
  return named?.slices.some(({ rules }) => rules.pattern === url) ?? false;
}

const isExact = ({ fixed, pattern, max }: Rules) =>
  max === 1 && (fixed !== undefined || pattern !== undefined);

export const candidateOf = (canonical: string, profile: Profile): Candidate => ({
  canonical: namedWithoutVersion(profile) ? profile.url : canonical,
  profile,
  tests: profile.root.children
    .filter(({ name }) => name !== ABOUT_THE_RESOURCE)
    .flatMap((child) => testsOf(child, DEPTH)),
  exactness: profile.root.children.filter(isExact).length,
});

const guideOf = ({ canonical }: Candidate) => canonical.split('/StructureDefinition/', 1)[0];

/**
 * A guide may fix so little in a profile that resources of another kind are as it says: a category that several kinds of
 * observation have. Where the guide has a profile that says more exactly what the resource is, that one judges it.
 *
 * @returns URLs of the profiles that leave the resource to another one
 */
export const leftToOthers = (expected: readonly Candidate[]): ReadonlySet<string> =>
  new Set(
    expected
      .filter((one) =>
        expected.some((other) => guideOf(other) === guideOf(one) && other.exactness > one.exactness),
      )
      .map(({ profile }) => profile.url),
  );

/**
 * A guide that has several profiles for a type fixes in each which resources it is for, e.g. the type of a claim. A
 * profile that fixes nothing is expected where none of the others is.
 */
function meantBy(candidates: readonly Candidate[], resource: Resource): readonly Candidate[] {
  const meant = candidates.filter(({ tests }) => tests.length > 0 && tests.every((isMet) => isMet(resource)));
  return meant.length > 0 ? meant : candidates.filter(({ tests }) => tests.length === 0);
}

/**
 * Where every resource of a type has to be one of the candidates, and this one is none, it is wrong in what says which
 * it is. A guide says so with an abstract profile, from which the others are derived.
 *
 * @returns the candidate of whose conditions it meets the largest part; undefined where a resource may be none of them
 */
export function nearestOf({ concrete, otherwise }: Candidates, resource: Resource): Candidate | undefined {
  let nearest = otherwise;
  let best = 0;
  for (const candidate of nearest ? concrete : []) {
    const { length } = candidate.tests;
    const part = length === 0 ? 0 : candidate.tests.filter((isMet) => isMet(resource)).length / length;
    if (part <= best) continue;
    nearest = candidate;
    best = part;
  }
  return nearest;
}

/**
 * Which profiles are expected of a resource that it does not name. Of one that names a profile in another version, or
 * without one, the same profile is expected; of one that names none of the candidates, those that it is meant by.
 *
 * @param candidates the profiles that this API knows for the type
 * @param named the canonicals that the resource names
 */
export function expectedOf(
  candidates: readonly Candidate[],
  resource: Resource,
  named: readonly string[],
): readonly Candidate[] {
  const urls = new Set(named.map(versionlessCanonical));
  const same = candidates.filter(({ profile }) => urls.has(profile.url));
  return same.length > 0
    ? same.filter(({ canonical }) => !named.includes(canonical))
    : meantBy(candidates, resource);
}
