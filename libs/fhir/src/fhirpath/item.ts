/** The values that an expression works on: parts of a resource in JSON. */
import { choiceIn } from '../choice.ts';

export interface PathItem {
  value: unknown;
  /** the type of a choice or of a resource; absent where nothing needs it */
  type?: string;
}

export type PathItems = readonly PathItem[];

export const NOTHING: PathItems = [];
const YES: PathItems = [{ value: true, type: 'boolean' }];
const NO: PathItems = [{ value: false, type: 'boolean' }];
export const truth = (is: boolean): PathItems => (is ? YES : NO);

type Json = Record<string, unknown>;

/** V8 has `JSON.isRawJSON`, but TypeScript's library does not declare it yet. */
const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): value is { rawJSON: string } };

/** A number that a double would not reproduce is kept as its text (parseResource). */
export const unwrapped = (value: unknown): unknown => (isRawJSON(value) ? Number(value.rawJSON) : value);

export const isComplex = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value);

export function itemOf(value: unknown, type?: string): PathItem {
  const named = type ?? (isComplex(value) ? value['resourceType'] : undefined);
  return typeof named === 'string' ? { value, type: named } : { value };
}

/** @param beside what stands under the name with `_`: extensions of a primitive, or of each in a list */
function itemsOf(value: unknown, beside: unknown, type?: string): PathItems {
  if (!Array.isArray(value ?? beside)) return [itemOf(value ?? beside, type)];
  const values: readonly unknown[] = Array.isArray(value) ? value : [];
  const more: readonly unknown[] = Array.isArray(beside) ? beside : [];
  const longer = values.length >= more.length ? values : more;
  return longer.map((_, at) => itemOf(values[at] ?? more[at], type));
}

/**
 * A primitive that has extensions and no value stands for itself.
 *
 * @returns a function that returns the children of this name
 */
export function member(name: string): (items: PathItems) => PathItems {
  const extended = `_${name}`;
  const of = ({ value }: PathItem): PathItems => {
    if (!isComplex(value)) return NOTHING;
    const [own, beside] = [value[name], value[extended]];
    if (own !== undefined || beside !== undefined) return itemsOf(own, beside);
    const chosen = choiceIn(value, name);
    if (chosen === undefined) return NOTHING;
    return itemsOf(value[chosen], value[`_${chosen}`], chosen.slice(name.length));
  };
  return (items) => {
    const [first] = items;
    if (!first) return NOTHING;
    return items.length === 1 ? of(first) : items.flatMap(of);
  };
}

export function children(items: PathItems): PathItems {
  const found: PathItem[] = [];
  for (const { value } of items) {
    if (!isComplex(value)) continue;
    for (const name in value)
      if (name !== 'resourceType' && !name.startsWith('_'))
        for (const item of itemsOf(value[name], undefined)) found.push(item);
  }
  return found;
}

export function descendants(items: PathItems): PathItems {
  const found: PathItem[] = [];
  // A level may have more items than a call takes arguments.
  for (let level = children(items); level.length > 0; level = children(level))
    for (const item of level) found.push(item);
  return found;
}

export function isSame(one: unknown, other: unknown): boolean {
  const [a, b] = [unwrapped(one), unwrapped(other)];
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((each, at) => isSame(each, b[at]));
  if (!isComplex(a) || !isComplex(b)) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isSame(a[name], b[name]));
}

export const includes = (items: PathItems, item: PathItem): boolean =>
  items.some((each) => isSame(each.value, item.value));

/** Primitives are compared by a set, because a resource may have thousands of descendants. */
export function distinct(items: PathItems): PathItems {
  const seen = new Set<unknown>();
  const objects: PathItem[] = [];
  return items.filter((item) => {
    const value = unwrapped(item.value);
    if (isComplex(value)) return !includes(objects, item) && objects.push(item) > 0;
    return !seen.has(value) && seen.add(value).size > 0;
  });
}

/** As a condition: undefined for nothing; whatever is there counts as true, except `false`. */
export const truthOf = (items: PathItems): boolean | undefined =>
  items.length === 0 ? undefined : items[0]?.value !== false;

/** The value of a collection of one. */
export const single = (items: PathItems): unknown =>
  items.length === 1 ? unwrapped(items[0]?.value) : undefined;
