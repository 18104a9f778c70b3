/** Finds attachments whose address is inside a network that no app of a member can reach. */
import { isIP } from 'node:net';
import { localContent, type Resource, resourceShape, type Shape } from '@patient-access/fhir';
import ipaddr from 'ipaddr.js';

/**
 * Names that no public resolver answers (RFC 6761, RFC 6762, RFC 8375, and `internal`, which ICANN reserved). An app
 * that asks for them asks a machine in its own network, and tells it that the member has this document.
 */
const INTERNAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$|^[^.]*$/;

/** @param host as the URL parser gives it */
function isInternalHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return INTERNAL_NAME.test(host.replace(/\.$/, ''));
  return ipaddr.process(address).range() !== 'unicast';
}

/** An address of content of the tenant is served at the host of today, whatever host it names. */
function isInternal(url: unknown, tenant: string): boolean {
  if (typeof url !== 'string' || localContent(url, tenant) !== undefined) return false;
  const parsed = URL.parse(url);
  return parsed !== null && parsed.host !== '' && isInternalHost(parsed.hostname);
}

type Rule = NonNullable<ReturnType<Shape['elements']['get']>>;

/** @returns where in one value of an element such an attachment is; '' at its beginning */
function locationAt(item: unknown, rule: Rule, tenant: string): string | undefined {
  // Most values are text and numbers, which have no shape.
  if (typeof item !== 'object' || item === null) return undefined;
  if (rule.type === 'Attachment' && isInternal((item as { url?: unknown }).url, tenant)) return '.url';
  return locationWithin(item, rule.shape?.(), tenant);
}

function locationWithin(value: object, shape: Shape | undefined, tenant: string): string | undefined {
  const own = shape ?? resourceShape((value as Partial<Resource>).resourceType);
  for (const name in value) {
    const found = (value as Record<string, unknown>)[name];
    if (typeof found !== 'object' || found === null) continue;
    const rule = own?.elements.get(name);
    if (!rule) continue;
    if (!Array.isArray(found)) {
      const within = locationAt(found, rule, tenant);
      if (within !== undefined) return `.${name}${within}`;
      continue;
    }
    for (let at = 0; at < found.length; at += 1) {
      const within = locationAt(found[at], rule, tenant);
      if (within !== undefined) return `.${name}[${at}]${within}`;
    }
  }
  return undefined;
}

/**
 * @param resource valid R4
 * @returns where the resource has such an attachment, e.g. `Media.content.url`; undefined if it has none
 */
export function internalAttachment(resource: Resource, tenant: string): string | undefined {
  const within = locationWithin(resource, undefined, tenant);
  return within && resource.resourceType + within;
}
