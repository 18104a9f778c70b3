/**
 * All versions of one resource in all their forms, and how a change adds to them
 * (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md). Nothing here uses the database.
 */
import {
  advance,
  type Audience,
  type Conditional,
  type Form,
  formsOf,
  isSameAudience,
  type Resource,
  sensitivityLabels,
  withoutExclusion,
  within,
} from '@patient-access/fhir';
import { contentOfResource } from './stored-form.ts';

/** The number and the time of a version. */
export interface Stamp {
  /** counts the versions of the whole resource; no caller sees it */
  version: number;
  /** ISO 8601, milliseconds */
  lastUpdated: string;
}

/** A version in the form that one audience receives. */
export interface Leaf extends Stamp {
  audience: Audience;
  resource: Resource;
  content: string;
  /** the labels that the plan's list of sensitive codes added */
  labelled: string[];
}

export interface Chain {
  current: Leaf[];
  /** `replaced`: when the next version replaced this one, ISO 8601 */
  earlier: (Leaf & { replaced: string })[];
}

export const EMPTY_CHAIN: Chain = { current: [], earlier: [] };

/** Is this the whole resource? Only callers receive it to whom every label is released. */
export const isWhole = ({ audience }: Pick<Leaf, 'audience'>): boolean => withoutExclusion(audience);

/** Adds a version. An audience for which the content is the same keeps the version that it has. */
export function nextVersion(chain: Chain, forms: readonly Form[], labelled: string[], stamp: Stamp): Chain {
  const versioned = forms.map((form) => ({ ...form, content: contentOfResource(form.resource) }));
  const { kept, added, replaced, someoneLosesIt } = advance(chain.current, versioned);
  const audiences = forms.map(({ audience }) => audience);
  const restricted = someoneLosesIt
    ? chain.earlier.flatMap((leaf) =>
        within(leaf.audience, audiences).map((audience) => ({ ...leaf, audience })),
      )
    : chain.earlier;
  return {
    current: [
      ...kept.map(({ audience, old }) => ({ ...old, audience })),
      ...added.map(({ audience, form }) => ({ ...form, ...stamp, audience, labelled })),
    ],
    earlier: [
      ...restricted,
      ...replaced.map(({ audience, old }) => ({ ...old, audience, replaced: stamp.lastUpdated })),
    ],
  };
}

/** The whole versions of a resource, oldest first. */
export function wholeVersions({ current, earlier }: Chain): Leaf[] {
  return [...current, ...earlier].filter(isWhole).sort((one, other) => one.version - other.version);
}

export const lastVersion = ({ current, earlier }: Chain): number =>
  Math.max(0, ...[...current, ...earlier].map(({ version }) => version));

/** Builds the chain again as if today's conditional resources had been conditional from the start. */
export function replay(chain: Chain, conditional: Conditional, tenant: string): Chain {
  return wholeVersions(chain).reduce<Chain>((again, { resource, labelled, version, lastUpdated }) => {
    const forms = formsOf(resource, sensitivityLabels(resource), conditional, tenant);
    return nextVersion(again, forms, labelled, { version, lastUpdated });
  }, EMPTY_CHAIN);
}

const isSameLeaf = (one: Leaf, other: Leaf) =>
  one.version === other.version &&
  one.lastUpdated === other.lastUpdated &&
  isSameAudience(one.audience, other.audience) &&
  one.content === other.content;

const areSame = (some: readonly Leaf[], others: readonly Leaf[]) =>
  some.length === others.length && some.every((leaf) => others.some((other) => isSameLeaf(leaf, other)));

export const isSameChain = (one: Chain, other: Chain): boolean =>
  areSame(one.current, other.current) && areSame(one.earlier, other.earlier);
