/** Adds displays to codings that came without one (http://hl7.org/fhir/R4/datatypes.html#Coding). */
import { eachObject } from '../each-object.ts';
import type { Resource } from '../resource.ts';
import { type CodeKey, keyInTables } from './code-key.ts';

/** Finds the display of a code that is written as tables have it. */
export type DisplayOf = (key: CodeKey) => string | undefined;

type Json = Record<string, unknown>;

/** The labels and tags of a resource are the store's, and no text for members. */
const LEFT_ALONE = 'meta';

/** With one of these it is no Coding, or one about whose display the sender has said something. */
const OTHERS = ['display', '_display', 'userSelected', 'value', 'unit', 'resourceType'];

function keyOf(value: Json): CodeKey | undefined {
  const { system, code, version } = value;
  if (typeof system !== 'string' || typeof code !== 'string') return undefined;
  for (const name of OTHERS) if (name in value) return undefined;
  return keyInTables({ system, code, ...(typeof version === 'string' && { version }) });
}

/** @returns the codes of a resource that have no display, contained resources included */
export function codesWithoutDisplay(resource: Resource): CodeKey[] {
  const keys: CodeKey[] = [];
  const note = (value: Json) => {
    const key = keyOf(value);
    if (key) keys.push(key);
  };
  eachObject(resource, note, LEFT_ALONE);
  return keys;
}

function filledList(items: unknown[], displayOf: DisplayOf): unknown[] {
  const filled = items.map((item) => filledValue(item, displayOf));
  return filled.some((item, at) => item !== items[at]) ? filled : items;
}

function filledObject(value: Json, displayOf: DisplayOf): Json {
  let filled = value;
  for (const name in value) {
    const below = value[name];
    if (typeof below !== 'object' || name === LEFT_ALONE) continue;
    const now = filledValue(below, displayOf);
    if (now === below) continue;
    if (filled === value) filled = { ...value };
    filled[name] = now;
  }
  const key = keyOf(value);
  const display = key && displayOf(key);
  return display === undefined ? filled : { ...filled, display, userSelected: false };
}

function filledValue(value: unknown, displayOf: DisplayOf): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? filledList(value, displayOf) : filledObject(value as Json, displayOf);
}

/**
 * Adds the displays that a table has, each with `userSelected: false`, which marks it as added. A display that was
 * sent stays, and so does a Coding of which the sender says whether a person selected it.
 *
 * @returns the same object when there was nothing to add
 */
export const withDisplays = (resource: Resource, displayOf: DisplayOf): Resource =>
  filledObject(resource, displayOf) as Resource;
