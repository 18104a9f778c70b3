/** Of which type the resource is that a Reference names (http://hl7.org/fhir/R4/references.html#Reference). */
import type { Resource } from '../resource.ts';
import { isObject } from './match.ts';

const LITERAL_REFERENCE = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/;

/** @returns the resource type in a literal reference (`Type/id`, also absolute); undefined if it names no type */
function typeInReference(reference: string): string | undefined {
  return LITERAL_REFERENCE.exec(reference)?.[1];
}

/** A reference without a literal may say the type, by its name or by the canonical of R4's definition. */
const TYPE_OF_R4 = /^(?:http:\/\/hl7\.org\/fhir\/StructureDefinition\/)?([A-Z][A-Za-z]+)$/;

const stringIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function containedIn(root: Resource, id: string): string | undefined {
  if (id === '') return root.resourceType;
  const contained: unknown = root['contained'];
  const inside: unknown = Array.isArray(contained)
    ? contained.find((each: unknown) => isObject(each) && each['id'] === id)
    : undefined;
  return isObject(inside) ? stringIn(inside['resourceType']) : undefined;
}

/**
 * @param value a Reference
 * @param root the resource around it, with what it contains
 * @returns undefined if nothing says the type
 */
export function typeOfTarget(value: unknown, root: Resource): string | undefined {
  if (!isObject(value)) return undefined;
  const reference = stringIn(value['reference']);
  if (reference?.startsWith('#')) return containedIn(root, reference.slice(1));
  const literal = reference === undefined ? undefined : typeInReference(reference);
  return literal ?? TYPE_OF_R4.exec(stringIn(value['type']) ?? '')?.[1];
}
