/**
 * All versions of one resource in all their forms, and how a change adds to them
 * (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md). Nothing here uses the database.
 */
import {
  advance,
  type Audience,
  beyond,
  both,
  type Conditional,
  type Form,
  formsOf,
  isSameAudience,
  localTargets,
  type Resource,
  sensitivityLabels,
  withoutExclusion,
  within,
} from '@patient-access/fhir';
import { contentOfResource } from './stored-form.ts';

/** The number and the time of a version. */
interface Stamp {
  /** counts the versions of the whole resource, and is no caller's; what is opened to some may have the number of the next one */
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
  /**
   * in a version that says that the resource was deleted: when the plan's system deleted it, ISO 8601. Its resource is
   * that of the version before, and is never served
   */
  deleted?: string;
}

export interface Chain {
  current: Leaf[];
  /** `replaced`: when the next version replaced this one, ISO 8601 */
  earlier: (Leaf & { replaced: string })[];
}

export const EMPTY_CHAIN: Chain = { current: [], earlier: [] };

/** Is this the whole resource? Only callers receive it to whom every label is released. */
export const isWhole = ({ audience }: Pick<Leaf, 'audience'>): boolean => withoutExclusion(audience);

/** What tells a version from another. A deletion differs from the version whose resource it keeps. */
export const contentOfVersion = ({ resource, deleted }: Pick<Leaf, 'resource' | 'deleted'>): string =>
  deleted === undefined ? contentOfResource(resource) : `deleted ${deleted} ${contentOfResource(resource)}`;

/** A version that comes: what it says beside the forms of its resource. */
export type Coming = Stamp & Pick<Leaf, 'labelled' | 'deleted'>;

/** Adds a version. An audience for which the content is the same keeps the version that it has. */
export function nextVersion(chain: Chain, forms: readonly Form[], coming: Coming): Chain {
  const { version, lastUpdated, labelled, deleted } = coming;
  const said = { version, lastUpdated, labelled, ...(deleted !== undefined && { deleted }) };
  const versioned = forms.map((form) => ({ ...form, content: contentOfVersion({ ...form, ...said }) }));
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
      ...added.map(({ audience, form }) => ({ ...form, ...said, audience })),
    ],
    earlier: [
      ...restricted,
      ...replaced.map(({ audience, old }) => ({ ...old, audience, replaced: lastUpdated })),
    ],
  };
}

/** Oldest first. Two may have the same number, but not the same time: {@link Stamp}. */
const inOrder = (leaves: readonly Leaf[]): Leaf[] =>
  leaves.toSorted((one, other) => (one.lastUpdated < other.lastUpdated ? -1 : 1));

/** The whole versions of a resource, oldest first. */
export function wholeVersions({ current, earlier }: Chain): Leaf[] {
  return inOrder([...current, ...earlier].filter(isWhole));
}

export const lastVersion = ({ current, earlier }: Chain): number =>
  Math.max(0, ...[...current, ...earlier].map(({ version }) => version));

/** Builds the chain again as if today's conditional resources had been conditional from the start. */
export function replay(chain: Chain, conditional: Conditional, tenant: string): Chain {
  return wholeVersions(chain).reduce<Chain>((again, whole) => {
    const { resource } = whole;
    const forms = formsOf(resource, sensitivityLabels(resource), conditional, tenant);
    return nextVersion(again, forms, whole);
  }, EMPTY_CHAIN);
}

/**
 * More forms than {@link formsOf} makes of one resource. Audiences that were split one after the other, each by another label,
 * are then made anew together.
 */
const MAX_FORMS = 32;

/** The forms that the callers of a version are left with. What it did not name for them, nobody among them is told of. */
function formsLeft(leaf: Leaf, whole: Leaf, conditional: Conditional, tenant: string): Form[] {
  const { resource } = whole;
  const named = localTargets(leaf.resource, tenant);
  const unnamed = [...localTargets(resource, tenant)].filter((key) => !named.has(key));
  const known: Conditional = new Map([...conditional, ...unnamed.map((key) => [key, []] as const)]);
  return formsOf(resource, sensitivityLabels(resource), known, tenant).flatMap((form) => {
    const audience = both(leaf.audience, form.audience);
    return audience ? [{ ...form, audience }] : [];
  });
}

/**
 * Takes from every version what today's conditional resources hide, and adds nothing. What was opened at some time stays unnamed in
 * the versions before: otherwise a caller would find that it was withheld until then, and that something has been hidden now.
 */
export function hide(chain: Chain, conditional: Conditional, tenant: string): Chain {
  const wholes = wholeVersions(chain);
  const leaves = inOrder([...chain.current, ...chain.earlier]);
  let again = EMPTY_CHAIN;
  for (const [time, together] of Map.groupBy(leaves, (leaf) => leaf.lastUpdated)) {
    const [coming] = together as [Leaf];
    const whole = wholes.findLast(({ lastUpdated }) => lastUpdated <= time);
    if (!whole) return replay(chain, conditional, tenant);
    const changed = together.map(({ audience }) => audience);
    // Everybody else keeps the version that they have.
    const others = again.current.flatMap(({ audience, resource }) =>
      beyond(audience, changed).map((rest): Form => ({ audience: rest, resource })),
    );
    const forms = together.flatMap((leaf) => formsLeft(leaf, whole, conditional, tenant));
    again = nextVersion(again, [...forms, ...others], coming);
  }
  return again.current.length > MAX_FORMS ? replay(chain, conditional, tenant) : again;
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
