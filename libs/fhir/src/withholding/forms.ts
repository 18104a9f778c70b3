/**
 * The forms of a resource, one for each audience. If a resource refers to one that not everybody may see, it has a
 * form with that reference and a form without it (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md).
 */
import { definitions } from '../definitions.ts';
import { compartmentOf, CompartmentError } from '../compartment.ts';
import type { Resource } from '../resource.ts';
import { type Audience, isSameAudience, needing, neededLabels } from './audience.ts';
import { localTargets } from './local-reference.ts';
import { withoutReferences } from './without-references.ts';

export interface Form {
  audience: Audience;
  resource: Resource;
}

/** Sets of labels. A caller to whom all labels of any one set are released may see the resource. */
export type Alternatives = readonly (readonly string[])[];

/** The resources that not everybody may see, by `Type/id`. */
export type Conditional = ReadonlyMap<string, Alternatives>;

/**
 * With more labels than this, callers to whom only some were released get the form for those to whom none was.
 * Otherwise there would be a form for each combination, two to the power of the number of labels.
 */
const MAX_COMBINED_LABELS = 5;

type State = 'visible' | 'hidden' | 'open';

/** Which labels are known to be released, or not, in a case. */
interface Known {
  released: readonly string[];
  not: readonly string[];
}

function stateOf(alternatives: Alternatives, { released, not }: Known): State {
  if (alternatives.some((labels) => labels.every((label) => released.includes(label)))) return 'visible';
  return alternatives.every((labels) => labels.some((label) => not.includes(label))) ? 'hidden' : 'open';
}

/** One case: the labels known in it, and the resources hidden in it. */
interface Case extends Known {
  hidden: Set<string>;
}

/** All cases that differ in what is hidden. Exactly one of them applies to any caller. */
function casesOf(targets: Conditional, known: Known, isCombined: boolean): Case[] {
  const states = [...targets].map(([key, alternatives]) => ({
    key,
    alternatives,
    state: stateOf(alternatives, known),
  }));
  const open = states.find(({ state }) => state === 'open');
  if (!open) {
    const hidden = states.filter(({ state }) => state === 'hidden').map(({ key }) => key);
    return [{ ...known, hidden: new Set(hidden) }];
  }
  const decided = new Set([...known.released, ...known.not]);
  const label = open.alternatives.flat().find((each) => !decided.has(each)) as string;
  const withLabel = casesOf(targets, { ...known, released: [...known.released, label] }, isCombined);
  const without = { ...known, not: [...known.not, label] };
  if (isCombined) return [...withLabel, ...casesOf(targets, without, isCombined)];
  const hidden = states.filter(({ state }) => state !== 'visible').map(({ key }) => key);
  return [...withLabel, { ...without, hidden: new Set(hidden) }];
}

/** A form that no longer says whose it is could not have been stored, so there is none. */
function placeable(form: Resource | undefined): Resource | undefined {
  const definition = form && definitions.get(form.resourceType);
  if (!definition) return form;
  try {
    compartmentOf(definition, form);
    return form;
  } catch (error) {
    if (error instanceof CompartmentError) return undefined;
    throw error;
  }
}

/**
 * @param own labels of the resource itself
 * @param conditional resources of its tenant and its member; there may be others
 * @returns the whole resource first; no two forms share a caller
 */
export function formsOf(
  resource: Resource,
  own: readonly string[],
  conditional: Conditional,
  tenant: string,
): Form[] {
  const whole = { audience: needing(own), resource };
  if (conditional.size === 0) return [whole];
  const self = `${resource.resourceType}/${resource.id}`;
  const targets = new Map(
    [...localTargets(resource, tenant)].flatMap((key) => {
      const alternatives = key === self ? undefined : conditional.get(key);
      return alternatives ? [[key, alternatives] as const] : [];
    }),
  );
  if (targets.size === 0) return [whole];
  const labels = new Set([...targets.values()].flat(2));
  const cases = casesOf(targets, { released: own, not: [] }, labels.size <= MAX_COMBINED_LABELS);
  return cases.flatMap(({ released, not, hidden }) => {
    const left = withoutReferences(resource, hidden, tenant);
    // What is stored whole is not judged again: a build of before may have taken what this one would refuse.
    const form = left === resource ? resource : placeable(left);
    const audience = [...needing(released), ...not.map((label) => `-${label}`)].sort();
    return form ? [{ audience, resource: form }] : [];
  });
}

/**
 * Who may see a resource in any of its forms.
 *
 * @returns undefined for everybody; no set contains another, and the sets are sorted
 */
export function alternativesOf(audiences: readonly Audience[]): Alternatives | undefined {
  const sets = audiences.map(neededLabels);
  if (sets.some((labels) => labels.length === 0)) return undefined;
  const isPart = (one: readonly string[], other: readonly string[]) =>
    one.every((label) => other.includes(label));
  const least = sets.filter(
    (one, at) =>
      !sets.some((other, where) => where !== at && isPart(other, one) && !(isPart(one, other) && where > at)),
  );
  return least.map((labels) => [...labels].sort()).sort((a, b) => (a.join() < b.join() ? -1 : 1));
}

/** Who may see something that is visible only if two conditions are both met. */
export function conjunction(
  one: Alternatives | undefined,
  other: Alternatives | undefined,
): Alternatives | undefined {
  if (!one || !other) return one ?? other;
  const both = one.flatMap((labels) => other.map((more) => needing([...labels, ...more])));
  return alternativesOf(
    both.filter((each, at) => both.findIndex((same) => isSameAudience(same, each)) === at),
  );
}
