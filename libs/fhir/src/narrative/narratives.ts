import type { Resource } from '../resource.ts';
import { sanitisedDiv } from './sanitise.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Elements below which there may be narratives: contained resources, and sections of a document. */
const BELOW = ['contained', 'section'];

/** @returns a copy of `node` whose own narrative is clean; `node` itself if it is clean already */
function withCleanText(node: Json): Json {
  const text = node['text'];
  if (!isObject(text) || typeof text['div'] !== 'string') return node;
  const div = sanitisedDiv(text['div']);
  if (div === text['div']) return node;
  if (div !== undefined) return { ...node, text: { ...text, div } };
  const { text: _empty, ...rest } = node;
  return rest;
}

function withCleanTexts(node: Json): Json {
  let clean = withCleanText(node);
  for (const name of BELOW) {
    const items = clean[name];
    if (!Array.isArray(items)) continue;
    const cleaned = items.map((item: unknown) => (isObject(item) ? withCleanTexts(item) : item));
    if (cleaned.some((item, at) => item !== items[at])) clean = { ...clean, [name]: cleaned };
  }
  return clean;
}

/**
 * Cleans the narratives of a resource: its own, those of contained resources, and those of sections. A narrative is
 * removed if nothing is left of it. Nothing else changes.
 *
 * @returns the same object when there was nothing to clean
 */
export function withCleanNarratives(resource: Resource): Resource {
  return withCleanTexts(resource) as Resource;
}
