import type { Resource } from '../resource.ts';
import { sanitisedDiv } from './sanitise.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Elements below which there may be narratives: contained resources, and sections of a document. */
const BELOW = ['contained', 'section'];

/** @returns what becomes of the text of a narrative; undefined: the narrative goes */
type Change = (div: string) => string | undefined;

/** @returns a copy of `node` whose own narrative is changed; `node` itself if it stays as it is */
function withText(node: Json, change: Change): Json {
  const text = node['text'];
  if (!isObject(text) || typeof text['div'] !== 'string') return node;
  const div = change(text['div']);
  if (div === text['div']) return node;
  if (div !== undefined) return { ...node, text: { ...text, div } };
  const { text: _empty, ...rest } = node;
  return rest;
}

function withTexts(node: Json, change: Change): Json {
  let changed = withText(node, change);
  for (const name of BELOW) {
    const items = changed[name];
    if (!Array.isArray(items)) continue;
    const now = items.map((item: unknown) => (isObject(item) ? withTexts(item, change) : item));
    if (now.some((item, at) => item !== items[at])) changed = { ...changed, [name]: now };
  }
  return changed;
}

/**
 * Changes the narratives of a resource: its own, those of contained resources, and those of sections. Nothing else
 * changes.
 *
 * @returns the same object when no narrative changes
 */
export const withNarratives = (resource: Resource, change: Change): Resource =>
  withTexts(resource, change) as Resource;

/** @returns the resource without its own narrative and those of sections and contained resources; the same object if it has none */
export const withNoNarrative = (resource: Resource): Resource => withNarratives(resource, () => undefined);

/** Cleans the narratives of a resource. A narrative is removed if nothing is left of it. */
export const withCleanNarratives = (resource: Resource): Resource => withNarratives(resource, sanitisedDiv);
