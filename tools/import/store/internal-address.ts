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

function locationWithin(value: unknown, shape: Shape | undefined, tenant: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const own = shape ?? resourceShape((value as Partial<Resource>).resourceType);
  for (const [name, found] of Object.entries(value)) {
    const rule = own?.elements.get(name);
    for (const [at, item] of [found].flat().entries()) {
      const place = `.${name}${Array.isArray(found) ? `[${at}]` : ''}`;
      if (rule?.type === 'Attachment' && isInternal((item as { url?: unknown }).url, tenant))
        return `${place}.url`;
      const within = rule && locationWithin(item, rule.shape?.(), tenant);
      if (within !== undefined) return place + within;
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
