/** A resource as it would be if the targets of some of its references had never existed. */
import { ENTRY_SUBJECTS } from '../definitions/entry-subjects.ts';
import { eachObject } from '../each-object.ts';
import { withNarratives } from '../narrative/narratives.ts';
import { isToldOfBoth } from '../narrative/written/write.ts';
import type { Resource } from '../resource.ts';
import { type ElementRule, resourceShape, type Shape } from '../structure/shape.ts';
import { renumbered } from './entry-numbers.ts';
import { addressesOf, localTarget, targetsIn } from './local-reference.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shapeOfResource = (value: unknown): Shape | undefined =>
  isObject(value) ? resourceShape(value['resourceType']) : undefined;

/** Does what contains the element make no sense without it? */
const isNeeded = (shape: Shape | undefined, rule: ElementRule | undefined): boolean =>
  rule !== undefined && (((shape?.required ?? 0) & rule.bit) !== 0 || ENTRY_SUBJECTS.has(rule.path));

/** An object is empty if it has nothing but its id, its type or the name of an extension. */
const hasContent = (value: Json): boolean =>
  Object.keys(value).some((name) => !['id', 'resourceType', 'url'].includes(name));

class Stripper {
  private readonly hidden: ReadonlySet<string>;
  private readonly gone: ReadonlySet<string>;
  private readonly tenant: string;

  /**
   * @param hidden `Type/id`
   * @param gone `#id` of what is contained and has nothing left
   */
  constructor(hidden: ReadonlySet<string>, gone: ReadonlySet<string>, tenant: string) {
    this.hidden = hidden;
    this.gone = gone;
    this.tenant = tenant;
  }

  /** @returns the same object when nothing in it is hidden; undefined when nothing of it may remain */
  object(value: Json, shape: Shape | undefined): Json | undefined {
    // A Reference is removed with its display and identifier, an attachment with its title, and a narrative as a whole.
    for (const address of addressesOf(value)) if (this.isHidden(address)) return undefined;
    // So they are where the address is one of a viewer, which names what it shows.
    for (const address of [value['reference'], value['url']])
      if (typeof address === 'string' && this.isNamedIn(address)) return undefined;
    let result = value;
    for (const name in value) {
      // What stood beside a text goes with it.
      if (!(name in result)) continue;
      const found = value[name];
      const rule = shape?.elements.get(name);
      const isCanonical = rule?.type === 'canonical';
      const kept =
        name.startsWith('_') && Array.isArray(found)
          ? this.besideList(found)
          : this.value(found, rule?.shape?.(), isCanonical);
      if (kept === found) continue;
      if (kept === undefined && isNeeded(shape, rule)) return undefined;
      if (result === value) result = { ...value };
      if (kept === undefined) delete result[name];
      else result[name] = kept;
      // Extensions beside a text may have the title of what it names.
      delete result[`_${name}`];
    }
    if (result === value) return value;
    return hasContent(result) ? renumbered(value, result) : undefined;
  }

  private isHidden(address: string): boolean {
    return this.gone.has(address) || this.hidden.has(localTarget(address, this.tenant) ?? '');
  }

  private isNamedIn(text: string): boolean {
    return targetsIn(text, this.tenant).some((target) => this.hidden.has(target));
  }

  private value(value: unknown, shape: Shape | undefined, isCanonical: boolean): unknown {
    if (isObject(value)) return this.object(value, shape ?? shapeOfResource(value));
    if (Array.isArray(value)) return this.list(value, shape, isCanonical);
    if (typeof value !== 'string') return value;
    return this.isNamedIn(value) || (isCanonical && this.isHidden(value)) ? undefined : value;
  }

  /** What stands beside a list of texts is found by its place. */
  private besideList(items: readonly unknown[]): readonly unknown[] | undefined {
    const kept = items.map((item) => this.value(item, undefined, false) ?? null);
    if (kept.every((item, at) => item === items[at])) return items;
    return kept.some((item) => item !== null) ? kept : undefined;
  }

  private list(
    items: readonly unknown[],
    shape: Shape | undefined,
    isCanonical: boolean,
  ): readonly unknown[] | undefined {
    let isSame = true;
    const kept = items.map((item) => {
      const now = this.value(item, shape, isCanonical);
      isSame &&= now === item;
      return now;
    });
    if (isSame) return items;
    const rest = kept.filter((item) => item !== undefined);
    return rest.length > 0 ? rest : undefined;
  }
}

/**
 * Nobody knows which words of a narrative tell of what is left out: a role in a care team tells of who had it. So none stays,
 * except one that an import wrote and that says only what the form says, too.
 */
function withoutNarratives(whole: Resource, form: Resource): Resource {
  const own = isToldOfBoth(whole, form) ? (form['text'] as { div: string }).div : undefined;
  return withNarratives(form, (div) => (div === own ? div : undefined));
}

const hasSectionContent = ({ text, entry, section }: Json): boolean =>
  (text ?? entry ?? section) !== undefined;

/** A section has a text, entries or sections (R4, cmp-1). The title of one that has none of them would tell of what is gone. */
function withoutEmptySections(part: Json): Json {
  const { section, ...rest } = part;
  if (!Array.isArray(section)) return part;
  const left = (section as Json[]).map(withoutEmptySections).filter(hasSectionContent);
  return left.length > 0 ? { ...part, section: left } : rest;
}

function idsWithin(resource: Resource): Set<string> {
  const ids = new Set<string>();
  eachObject(resource, ({ id }) => {
    if (typeof id === 'string') ids.add(id);
  });
  return ids;
}

function withoutRelated(value: unknown, gone: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutRelated(item, gone));
  if (!isObject(value)) return value;
  const left = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    if (name !== 'relatedAction' || !Array.isArray(inner)) return [[name, withoutRelated(inner, gone)]];
    const related = (inner as Json[]).filter(({ actionId }) => !gone.has(String(actionId)));
    return related.length > 0 ? [[name, related]] : [];
  });
  return Object.fromEntries(left);
}

/** An action that goes is no more named by the id that it has within the resource. */
function withoutLostActions(whole: Resource, form: Resource): Resource {
  const ids = idsWithin(form);
  const gone = new Set([...idsWithin(whole)].filter((id) => !ids.has(id)));
  return gone.size > 0 ? (withoutRelated(form, gone) as Resource) : form;
}

/** How a resource names what it contains. */
const innerNames = ({ contained = [] }: Resource): string[] =>
  (contained as readonly Resource[]).map(({ id }) => `#${id}`);

/** Every text of a resource that may name what it contains. */
function namesWithin(resource: Resource): Set<string> {
  const names = new Set<string>();
  eachObject(resource, (object) => {
    for (const text of Object.values(object).flat())
      if (typeof text === 'string' && text.startsWith('#')) names.add(text);
  });
  return names;
}

/** What is contained goes with the last element that names it, as the clinic of a practitioner who is hidden. */
function withoutOrphans(whole: Resource, form: Resource): Resource {
  const { contained, ...rest } = form;
  const [named, stillNamed] = [namesWithin(whole), namesWithin(form)];
  const inner = (contained ?? []) as readonly Resource[];
  const left = inner.filter(({ id }) => stillNamed.has(`#${id}`) || !named.has(`#${id}`));
  if (left.length === inner.length) return form;
  return withoutOrphans(whole, (left.length > 0 ? { ...form, contained: left } : rest) as Resource);
}

/**
 * Removes every reference to one of the hidden resources, however it is written: relative, with a version, absolute
 * below the tenant's base, as a canonical, as the URL of an attachment, or as a link in a narrative. So goes every text that
 * has the address of one, whatever its element is. If an element is required (cardinality of FHIR R4), or is what an
 * entry is about (definitions/entry-subjects.ts), the element that contains it is removed too. Empty lists and objects are
 * removed as well, and so is what names a contained resource of which nothing remains, and what is contained and named no more. If
 * anything is removed, so are all narratives: of the resource, of its sections, and of what it contains.
 *
 * @param hidden `Type/id`
 * @returns the resource itself when it refers to none of them; undefined when nothing of it may remain
 */
export function withoutReferences(
  resource: Resource,
  hidden: ReadonlySet<string>,
  tenant: string,
): Resource | undefined {
  if (hidden.size === 0) return resource;
  const gone = new Set<string>();
  const stripper = new Stripper(hidden, gone, tenant);
  const shape = resourceShape(resource.resourceType);
  for (;;) {
    const form = stripper.object(resource, shape) as Resource | undefined;
    const left = form && innerNames(form);
    const lost = innerNames(resource).filter((name) => left?.includes(name) === false && !gone.has(name));
    if (!form || form === resource) return form;
    if (lost.length === 0)
      return withoutOrphans(
        resource,
        withoutEmptySections(withoutNarratives(resource, withoutLostActions(resource, form))) as Resource,
      );
    for (const name of lost) gone.add(name);
  }
}
