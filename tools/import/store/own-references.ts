/** References to the plan's own FHIR base (docs/adr/0139-make-references-to-the-own-base-relative-at-import.md). */
import { parseReference, type Resource } from '@patient-access/fhir';

/** @param begin the plan's FHIR base with a slash */
function relative(reference: string, begin: string): string {
  if (!reference.startsWith(begin)) return reference;
  const below = reference.slice(begin.length);
  return parseReference(below) ? below : reference;
}

function ofList(items: readonly unknown[], begin: string): readonly unknown[] {
  let result: unknown[] | undefined;
  for (const [at, item] of items.entries()) {
    const own = within(item, begin);
    if (own !== item) (result ??= [...items])[at] = own;
  }
  return result ?? items;
}

function within(node: unknown, begin: string): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return ofList(node, begin);
  let result: Record<string, unknown> | undefined;
  for (const name in node) {
    const value = (node as Record<string, unknown>)[name];
    // In R4 the only text of this name is that of a Reference.
    const isReference = name === 'reference' && typeof value === 'string';
    const own = isReference ? relative(value, begin) : within(value, begin);
    if (own !== value) (result ??= { ...node })[name] = own;
  }
  return result ?? node;
}

/**
 * Makes the references to resources at a FHIR base relative, at whatever depth. All others stay.
 *
 * @param resource not nested deeper than an import takes
 * @param base the FHIR base URL of the plan that the resource is for
 * @returns the same resource where it has no such reference
 */
export const withOwnReferences = (resource: Resource, base: string): Resource =>
  within(resource, `${base}/`) as Resource;
