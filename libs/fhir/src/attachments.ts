/** Addresses of attachments: which content they name, and how an app gets it. */
import { FHIR_PATH, tenantOfBase } from './base.ts';
import { definitions } from './definitions.ts';
import { eachObject } from './each-object.ts';
import type { Resource } from './resource.ts';
import { localTarget } from './withholding/local-reference.ts';

/** The types that can be served as content. */
const CONTENT_TYPES = [...definitions].flatMap(([type, { content }]) => (content ? [type] : []));

/** The types whose attachments open content. */
const POINTING = new Set([...definitions.values()].flatMap(({ visibleThrough = [] }) => visibleThrough));

/**
 * The content at an address, as `Type/id`, however the address is written: relative, with a version, or absolute at
 * any host that the tenant had. So the spelling decides neither what is found nor what is visible.
 *
 * @returns undefined when this is not the address of content of the tenant
 */
export function localContent(address: string, tenant: string): string | undefined {
  const target = localTarget(address, tenant);
  return CONTENT_TYPES.some((type) => target?.startsWith(`${type}/`)) ? target : undefined;
}

/** @returns the content, as `Type/id`, that is visible to whoever sees this resource */
export function attachedContent(resource: Resource, tenant: string): string[] {
  if (!POINTING.has(resource.resourceType)) return [];
  const urls: string[] = [];
  eachObject(resource, ({ url }) => {
    if (typeof url === 'string') urls.push(url);
  });
  return urls.flatMap((url) => localContent(url, tenant) ?? []);
}

/**
 * How the address of content begins in a stored body. In the text of a string each quotation mark has a backslash
 * before it, so this is found in no string. No other element of R4 with this name holds such an address.
 */
const BEGIN = new RegExp(
  `"url":"(?:https?://[^/"\\\\]+/${FHIR_PATH}/([^/"\\\\]+)/)?(?=(?:${CONTENT_TYPES.join('|')})/)`,
  'g',
);

/**
 * Makes `Attachment.url` absolute at today's host where it names content of this server. Many clients do not resolve
 * a relative one against the FHIR base (http://hl7.org/fhir/R4/datatypes.html#Attachment), and an absolute one may
 * name a host that the plan no longer has. It is stored as it came.
 *
 * @param body JSON, UTF-8, without spaces between its tokens
 * @param base the tenant's FHIR base URL
 * @returns the same buffer when there is nothing to change
 */
export function withAbsoluteAttachments(body: Buffer, base: string): Buffer {
  if (!CONTENT_TYPES.some((type) => body.includes(`${type}/`))) return body;
  const tenant = tenantOfBase(base);
  const text = body.toString();
  const absolute = text.replace(BEGIN, (begin: string, of: string = tenant) =>
    of === tenant ? `"url":"${base}/` : begin,
  );
  return absolute === text ? body : Buffer.from(absolute);
}
