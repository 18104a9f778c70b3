/** Breaks a valid resource in one place, against one rule of a profile. */
import { BREACHES, type MutantKind } from './changes.ts';
import { type Draw, pick } from './draw.ts';
import { holdsForOther } from './other-engine.ts';
import { isJsonObject, type JsonObject, objectsIn, spoil } from './places.ts';
import type { ElementChain, MutantNode, MutantPlace, Snapshots } from './snapshot.ts';

/** A rule of a profile, and how it is broken. */
export interface MutantRule {
  kind: MutantKind;
  /** id of the element, also in the profile of an extension; of an invariant its key too */
  rule: string;
  /** @returns a broken copy; undefined when the resource has nothing that the rule is about */
  breakIn(resource: JsonObject, random: Draw): JsonObject | undefined;
}

const nameOf = (chain: ElementChain, { element }: MutantNode) => {
  const [last = element] = [chain.at(-1)?.element];
  // Behind an extension its own profile begins.
  const outer = chain.findLast(({ element: { path } }) => path.split('.')[0] !== last.path.split('.')[0]);
  return outer ? `${outer.element.id} > ${last.id}` : last.id;
};

/** Is an object that was changed still one that the rule is about? A change can move it out of its slice. */
const isStillMeant = (snapshots: Snapshots, resource: JsonObject, chain: ElementChain, parent: JsonObject) =>
  snapshots.objectsOf(resource, chain).includes(parent);

function elementRules(snapshots: Snapshots, chain: ElementChain, rule: string): MutantRule[] {
  const [node] = chain.slice(-1) as [MutantNode];
  const above = chain.slice(0, -1);
  return BREACHES.filter(({ isRule }) => isRule(node)).map(({ kind, change, isAdding, isCount }) => ({
    kind,
    rule,
    breakIn(resource, random) {
      const placesIn = (from: JsonObject): MutantPlace[] =>
        isAdding
          ? snapshots.objectsOf(from, above).map((parent) => ({ parent, key: node.name }))
          : snapshots.placesOf(from, chain);
      if (placesIn(resource).length === 0) return undefined;
      const copy = structuredClone(resource);
      const place = pick(placesIn(copy), random);
      if (!place || !change(place, node, { random, codes: snapshots.codes })) return undefined;
      if (!isStillMeant(snapshots, copy, above, place.parent)) return undefined;
      if (isCount || !place.ats) return copy;
      const [after] = snapshots.placesIn(place.parent, node);
      return after?.ats?.length === place.ats.length ? copy : undefined;
    },
  }));
}

const TRIES = 20;

const profilesIn = ({ meta }: JsonObject) => JSON.stringify(isJsonObject(meta) ? meta['profile'] : undefined);
const namesAsBefore = (one: JsonObject, other: JsonObject) => profilesIn(one) === profilesIn(other);

/** Takes members out of a value, one at a time, until the other engine says that the invariant is broken. */
function breakInvariant(
  { snapshots, chain, expression }: { snapshots: Snapshots; chain: ElementChain; expression: string },
  resource: JsonObject,
  random: Draw,
): JsonObject | undefined {
  const isBroken = (whole: JsonObject) =>
    namesAsBefore(whole, resource) &&
    snapshots.objectsOf(whole, chain).some((value) => holdsForOther(expression, value, whole) === false);
  if (snapshots.objectsOf(resource, chain).length === 0 || isBroken(resource)) return undefined;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const copy = structuredClone(resource);
    const around = pick(snapshots.objectsOf(copy, chain), random);
    const object = tries < TRIES / 2 ? around : pick(objectsIn(around), random);
    const name = pick(
      Object.keys(object ?? {}).filter((each) => each !== 'resourceType'),
      random,
    );
    if (!object || name === undefined) continue;
    if (random(2) === 0) delete object[name];
    else object[name] = spoil(object[name]);
    if (isBroken(copy)) return copy;
  }
  return undefined;
}

function invariantRules(snapshots: Snapshots, chain: ElementChain, root: MutantNode): MutantRule[] {
  const { constraint = [] } = (chain.at(-1) ?? root).element;
  return constraint.flatMap(({ key, severity, expression }) =>
    severity === 'error' && expression !== undefined
      ? [
          {
            kind: 'invariant' as const,
            rule: `${nameOf(chain, root)} ${key}`,
            breakIn: (resource: JsonObject, random: Draw) =>
              breakInvariant({ snapshots, chain, expression }, resource, random),
          },
        ]
      : [],
  );
}

/** The import adds the names of profiles that a resource should have, so nobody can leave them out. */
const isAdded = ([first, second]: ElementChain) =>
  first?.name === 'meta' && (!second || second.name === 'profile');

/** @returns every rule of a profile that can be broken, those in slices and of extensions too */
export function mutantRules(snapshots: Snapshots, root: MutantNode): MutantRule[] {
  const chains = [...snapshots.chainsOf(root)].filter((chain) => !isAdded(chain));
  return [
    ...chains.flatMap((chain) => elementRules(snapshots, chain, nameOf(chain, root))),
    ...[[], ...chains].flatMap((chain) => invariantRules(snapshots, chain, root)),
  ];
}
