import { FHIR_PATHS } from './base.ts';
import { type Definition, isReferenceData } from './definition.ts';
import { definitions, MEMBER_TYPE } from './definitions.ts';
import { valuesAt } from './path.ts';
import { parseReference, type Resource, type Target } from './resource.ts';
import { readingsOf } from './narrative/entities.ts';
import { addressesOf, BEHIND_ID } from './withholding/local-reference.ts';

/** The compartment of a resource, as far as the resource itself shows it. */
export type Compartment =
  | { to: 'member'; member: string }
  | { to: 'none' }
  /** the store has to find out the members of these targets */
  | { to: 'reference'; targets: Target[] };

/** Why a resource cannot be stored. Whoever runs an import reads the message. */
export class CompartmentError extends Error {
  override name = 'CompartmentError';
}

function targetsAt(resource: unknown, path: string): Target[] {
  return valuesAt(resource, path).flatMap(
    (value) => parseReference((value as { reference?: unknown } | null)?.reference) ?? [],
  );
}

/** Ids of the members that the membership element names. */
function membersAt(resource: Resource, path: string): string[] {
  if (path === 'id') return [resource.id];
  const members = targetsAt(resource, path).filter((target) => target.type === MEMBER_TYPE);
  return [...new Set(members.map((target) => target.id))];
}

/** A Patient in a reference, however it is written: relative, absolute on any host, with a version. */
const MEMBER_NAMED = new RegExp(`(?:^|/)${MEMBER_TYPE}/([A-Za-z0-9\-.]{1,64})(?=$|/_history/)`);

/** Ids of the members that the membership element of a contained resource names, on whatever host. */
function membersNamed(inner: Resource, path: string): string[] {
  return valuesAt(inner, path).flatMap((value) => {
    const reference = (value as { reference?: unknown } | null)?.reference;
    return typeof reference === 'string' ? (MEMBER_NAMED.exec(reference)?.[1] ?? []) : [];
  });
}

/** Every object below `node`, itself included. */
function* objectsIn(node: unknown): Generator<Record<string, unknown>> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield node as Record<string, unknown>;
  for (const value of Object.values(node)) yield* objectsIn(value);
}

/**
 * The types that a reference names, however it is written: relative, absolute, conditional (`Patient?identifier=…`).
 */
function typesNamed(reference: string): string[] {
  return reference.split(/[/?]/).filter((part) => definitions.has(part));
}

/**
 * A contained resource is served wherever its container is, because it has no id that could be authorized. So
 * everything that is contained, at any depth, must belong to the member of the container or to nobody (security case
 * F31).
 */
function refuseForeignContained(resource: Resource, member: string | undefined): void {
  for (const object of objectsIn(resource['contained'])) {
    const inner = object as Resource;
    const definition = definitions.get(inner.resourceType);
    if (definition?.membership.by !== 'element') continue;
    if (inner.resourceType === MEMBER_TYPE) throw new CompartmentError(`contains a ${MEMBER_TYPE}`);
    const strangers = membersNamed(inner, definition.membership.path).filter((id) => id !== member);
    if (strangers.length > 0)
      throw new CompartmentError(`contains a ${inner.resourceType} of another member`);
  }
}

function compartmentByElement(resource: Resource, path: string): Compartment {
  const members = membersAt(resource, path);
  if (members.length === 0) throw new CompartmentError(`no member: ${path} refers to no ${MEMBER_TYPE}`);
  if (members.length > 1)
    throw new CompartmentError(
      `several members: ${path} refers to ${members.length} ${MEMBER_TYPE} resources`,
    );
  return { to: 'member', member: members[0] as string };
}

function compartmentByReference(resource: Resource, path: string): Compartment {
  const targets = targetsAt(resource, path);
  if (targets.length === 0) throw new CompartmentError(`no member: ${path} refers to no resource here`);
  return { to: 'reference', targets };
}

/** Do resources of this type belong to members? */
export function isMemberData(type: unknown): type is string {
  const definition = typeof type === 'string' ? definitions.get(type) : undefined;
  return definition !== undefined && !isReferenceData(definition);
}

/** Elements whose text may be an address, in whatever they stand: attachments, extensions, identifiers, `meta`. */
const ADDRESS = /^(?:url|uri|source|value|value(?:Uri|Url|Canonical|String))$/;
const ENDS_IN_REFERENCE =
  /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/**
 * An address below this API, or a relative one that is a link in Markdown, wherever it stands in a text. Words that only look like
 * one, as “Patient/Family”, and links to a plan's pages, as `https://plan.example/Coverage/dental`, mention nobody.
 */
const LINKED_TYPE = new RegExp(
  `(?:\\]\\(\\s*<?|(?:${FHIR_PATHS.join('|')})/[a-z0-9-]+/)([A-Z][A-Za-z]+)/[A-Za-z0-9\\-.]`,
  'g',
);

const typesLinkedIn = (text: string): string[] =>
  readingsOf(text).flatMap((reading) => Array.from(reading.matchAll(LINKED_TYPE), ([, type = '']) => type));

/**
 * The types that an object names: in a literal reference, in a logical reference with a type, in an address, in a link of a narrative
 * or of a text.
 */
function typesMentioned(object: Record<string, unknown>): string[] {
  const { reference, type } = object;
  const elements = Object.entries(object).flatMap(([name, value]) =>
    ADDRESS.test(name) && typeof value === 'string' ? value : [],
  );
  const addresses = [...elements, ...addressesOf(object)].flatMap(
    (address) => ENDS_IN_REFERENCE.exec(address.replace(BEHIND_ID, ''))?.[1] ?? [],
  );
  return [
    ...(typeof reference === 'string' ? typesNamed(reference) : []),
    ...(typeof type === 'string' ? type.split('/').slice(-1) : []),
    ...addresses,
    ...Object.values(object)
      .flat()
      .flatMap((text) => (typeof text === 'string' ? typesLinkedIn(text) : [])),
  ];
}

/**
 * Every member of the plan can read reference data. So it must not mention a member in any element, and must not
 * contain a resource of a type that belongs to members (security rule D06).
 *
 * @throws CompartmentError when it does
 */
export function checkReferenceData(resource: Resource): Compartment {
  for (const { resourceType } of objectsIn(resource['contained']))
    if (isMemberData(resourceType))
      throw new CompartmentError(`reference data that contains a ${resourceType}`);
  for (const object of objectsIn(resource)) {
    const type = typesMentioned(object).find(isMemberData);
    if (type !== undefined) throw new CompartmentError(`reference data that refers to a ${type}`);
  }
  return { to: 'none' };
}

/** Has the resource the code by which a type of members has resources of the plan? */
function isOfPlan({ membership }: Definition, resource: Resource): boolean {
  if (membership.by !== 'element' || !membership.unless) return false;
  const { path, system, code } = membership.unless;
  const codings = valuesAt(resource, path) as ({ system?: unknown; code?: unknown } | null)[];
  return codings.some((coding) => coding?.system === system && coding.code === code);
}

/**
 * Decides whose a resource is, by the membership element of its type. References to members in other elements, such
 * as a subscriber or a payee, do not matter for this.
 *
 * @throws CompartmentError when it belongs to nobody or to several members, or contains another member's resource
 */
export function compartmentOf(definition: Definition, resource: Resource): Compartment {
  const { membership } = definition;
  const compartment = isOfPlan(definition, resource)
    ? checkReferenceData(resource)
    : membership.by === 'element'
      ? compartmentByElement(resource, membership.path)
      : membership.by === 'reference'
        ? compartmentByReference(resource, membership.path)
        : checkReferenceData(resource);
  refuseForeignContained(resource, compartment.to === 'member' ? compartment.member : undefined);
  return compartment;
}
