/** Finds the resources of the same tenant that a resource names, however the references are written. */
import { basePath } from '../base.ts';
import { parseReference, type Resource } from '../resource.ts';

const ABSOLUTE = /^https?:\/\/[^/]+\//;

/**
 * Makes a reference below the tenant's own base relative, whatever its host is, because the public host may change
 * while the data stays. Other references are not changed.
 */
function localReference(reference: string, tenant: string): string {
  const path = ABSOLUTE.test(reference) ? reference.replace(ABSOLUTE, '') : '';
  const base = `${basePath(tenant)}/`;
  return path.startsWith(base) ? path.slice(base.length) : reference;
}

/** `Type/id` of the target, if the text refers to a resource of the tenant. */
export function localTarget(reference: string, tenant: string): string | undefined {
  const target = parseReference(localReference(reference, tenant));
  return target && `${target.type}/${target.id}`;
}

/** Elements whose text may be the address of a resource: in references, attachments and extensions. */
const ADDRESS = /^(?:reference|url|value(?:Uri|Url|Canonical|String))$/;
/** A link in a narrative. */
const LINK = /\bhref="([^"]*)"/g;

/** The texts of one object that may name a resource. */
export function* addressesOf(object: Readonly<Record<string, unknown>>): Generator<string> {
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== 'string') continue;
    if (ADDRESS.test(name)) yield value;
    if (name === 'div') for (const [, link = ''] of value.matchAll(LINK)) yield link;
  }
}

function collect(node: unknown, tenant: string, into: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) collect(item, tenant, into);
    return;
  }
  for (const address of addressesOf(node as Record<string, unknown>)) {
    const target = localTarget(address, tenant);
    if (target !== undefined) into.add(target);
  }
  for (const value of Object.values(node)) collect(value, tenant, into);
}

/** @returns `Type/id` of every resource of the tenant that the resource, or one contained in it, names */
export function localTargets(resource: Resource, tenant: string): Set<string> {
  const targets = new Set<string>();
  collect(resource, tenant, targets);
  return targets;
}
