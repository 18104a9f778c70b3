/**
 * The references of a resource, wherever they stand. Those to the plan's own FHIR base become relative
 * (docs/adr/0139-make-references-to-the-own-base-relative-at-import.md).
 */
import { parseReference, type Resource } from '@patient-access/fhir';

type Change = (reference: string) => string;

function ofList(items: readonly unknown[], change: Change): readonly unknown[] {
  let result: unknown[] | undefined;
  for (let at = 0; at < items.length; at += 1) {
    const changed = within(items[at], change);
    if (changed !== items[at]) (result ??= [...items])[at] = changed;
  }
  return result ?? items;
}

function within(node: unknown, change: Change): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return ofList(node, change);
  let result: Record<string, unknown> | undefined;
  for (const name in node) {
    const value = (node as Record<string, unknown>)[name];
    // In R4 the only text of this name is that of a Reference.
    const isReference = name === 'reference' && typeof value === 'string';
    const changed = isReference ? change(value) : within(value, change);
    if (changed !== value) (result ??= { ...node })[name] = changed;
  }
  return result ?? node;
}

/**
 * Changes references, at whatever depth. A resource is never changed in place.
 *
 * @param resource not nested deeper than an import takes
 * @returns the same resource where nothing changes
 */
export const withReferences = (resource: Resource, change: Change): Resource =>
  within(resource, change) as Resource;

/**
 * Makes a reference to a resource at a FHIR base relative. All others stay.
 *
 * @param base the FHIR base URL of the plan that the resource is for; undefined: not known
 */
export function ownReference(reference: string, base: string | undefined): string {
  if (base === undefined || !reference.startsWith(`${base}/`)) return reference;
  const below = reference.slice(base.length + 1);
  return parseReference(below) ? below : reference;
}
