/** Refuses shapes that valid FHIR JSON never has, for all types, before they reach the store (security rule D08). */
import { definitions, type Resource } from '@patient-access/fhir';
import { MAX_DEPTH } from '../read/json.ts';

type Element = Record<string, unknown>;

const isElement = (value: unknown): value is Element =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isResource = (value: unknown): value is Resource =>
  isElement(value) && typeof value['resourceType'] === 'string';

/** Names of elements whose text an app may open as an address. */
const ADDRESS = /^(?:reference|url|value(?:Uri|Url|Canonical))$/;
/**
 * Schemes that run code in the app, or read from its machine. A browser ignores blanks and control characters in them.
 */
const DANGEROUS_SCHEME = /^(?:javascript|vbscript|file|blob|filesystem|view-source):/i;

function isDangerous(name: string, value: unknown): boolean {
  if (!ADDRESS.test(name) || typeof value !== 'string') return false;
  return DANGEROUS_SCHEME.test(value.replace(/[\0-\x20]/g, ''));
}

/**
 * Postgres cannot store a NUL character, and no text needs it. Half of a surrogate pair is no character: many apps cannot read
 * an answer at all that has one (https://www.rfc-editor.org/rfc/rfc8259#section-8.2).
 */
function faultInText(text: string): string | undefined {
  if (text.includes('\0')) return 'a NUL character';
  return text.isWellFormed() ? undefined : 'half of a character (a surrogate without its pair)';
}

function faultWithin(node: unknown, depth: number): string | undefined {
  if (typeof node === 'string') return faultInText(node);
  if (typeof node !== 'object' || node === null) return undefined;
  if (depth === MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
  if (Array.isArray(node)) return faultInList(node, depth);
  for (const name in node) {
    const value = (node as Element)[name];
    if (isDangerous(name, value)) return `${name}: an address that no app should open`;
    const fault = faultInText(name) ?? faultWithin(value, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultInList(items: readonly unknown[], depth: number): string | undefined {
  for (const item of items) {
    const fault = faultWithin(item, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What is wrong with the outermost elements. */
function outerFault(value: unknown): string | undefined {
  if (!isElement(value)) return 'not a JSON object';
  const { resourceType, id, meta, contained } = value;
  if (typeof resourceType !== 'string') return 'not a FHIR resource: no resourceType';
  // An id would not help a resource that no plan keeps, such as the Parameters that Synthea writes beside its NDJSON.
  if (id === undefined) return definitions.has(resourceType) ? 'no id' : 'unknown resource type';
  if (typeof id !== 'string') return 'id is not a string';
  if (meta !== undefined && !isElement(meta)) return 'meta is not an object';
  if (contained !== undefined && !(Array.isArray(contained) && contained.every(isResource))) {
    return 'contained is not a list of resources';
  }
  return undefined;
}

/** Does it look like a resource with a type and an id, as far as its outermost elements say? */
export const looksSound = (value: unknown): value is Resource => outerFault(value) === undefined;

/** @returns the value as a resource, or what is wrong with it; type and id are not checked here */
export function soundResource(value: unknown): { resource: Resource } | { fault: string } {
  const fault = outerFault(value) ?? faultWithin(value, 0);
  return fault === undefined ? { resource: value as Resource } : { fault };
}
