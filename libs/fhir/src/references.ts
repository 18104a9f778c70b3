import { parseConditional } from './conditional-reference.ts';
import { parseReference, type Resource, type Target } from './resource.ts';

/** A literal reference, and the element in which it stands. */
export interface ReferenceAt {
  /** without indexes, e.g. `ExplanationOfBenefit.careTeam.provider` */
  element: string;
  /** `nowhere`: the target was in a Bundle or contained in the resource, and is missing; or it is `sought` */
  to: Target | 'elsewhere' | 'nowhere';
  /** the type of what a conditional reference (`Practitioner?identifier=…`) is to find; it has no other address */
  sought?: string;
}

type Json = Record<string, unknown>;

function* referencesIn(
  node: unknown,
  element: string,
  contained: ReadonlySet<string>,
): Generator<ReferenceAt> {
  if (Array.isArray(node)) {
    for (const item of node) yield* referencesIn(item, element, contained);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node as Json)) {
    if (name !== 'reference') yield* referencesIn(value, `${element}.${name}`, contained);
    else if (typeof value === 'string') yield { element, ...targetOf(value, contained) };
  }
}

function targetOf(reference: string, contained: ReadonlySet<string>): Omit<ReferenceAt, 'element'> {
  if (reference.startsWith('#')) return { to: contained.has(reference.slice(1)) ? 'elsewhere' : 'nowhere' };
  if (/^urn:(?:uuid|oid):/.test(reference)) return { to: 'nowhere' };
  const conditional = parseConditional(reference);
  if (conditional) return { to: 'nowhere', sought: conditional.type };
  return { to: parseReference(reference) ?? 'elsewhere' };
}

/** @returns every literal reference of a resource and of its contained resources */
export function referencesOf(resource: Resource): ReferenceAt[] {
  const inside = Array.isArray(resource['contained']) ? (resource['contained'] as Json[]) : [];
  // `#` alone refers to the resource itself.
  const contained = new Set(['', ...inside.map(({ id }) => String(id))]);
  return [...referencesIn(resource, resource.resourceType, contained)];
}
