/** What a resource looks like in the table. */
import { createHash } from 'node:crypto';
import type { Resource } from '@patient-access/fhir';

/**
 * The content, by which the same is recognised when it comes again: all but what the store itself sets. As the stored
 * form has it: `resourceType`, `id` and `meta` in front, and a `meta` always.
 */
export function contentOfResource({ resourceType, id, meta = {}, ...content }: Resource): string {
  const { versionId: _version, lastUpdated: _updated, ...own } = meta;
  return JSON.stringify({ resourceType, id, meta: own, ...content });
}

const sha256 = (content: string): Buffer => createHash('sha256').update(content).digest();

/** SHA-256 of the content. */
export const contentHash = (resource: Resource): Buffer => sha256(contentOfResource(resource));

/** Characters of a version id: 80 bits, so that no two versions of a resource have the same one. */
const VERSION_ID_LENGTH = 20;

/**
 * The id of a version. It says nothing: an app that could count versions would find that there are some which it may not
 * see (http://hl7.org/fhir/R4/resource.html#versions: "opaque").
 *
 * @param lastUpdated ISO 8601
 */
export const versionIdOf = (resource: Resource, lastUpdated: string): string =>
  sha256(`${contentOfResource(resource)} ${lastUpdated}`)
    .toString('hex')
    .slice(0, VERSION_ID_LENGTH);

/** The JSON that will be served, with `resourceType`, `id` and `meta` in front. */
export function storedBody(resource: Resource, versionId: string, lastUpdated: string): string {
  const { resourceType, id, meta, ...content } = resource;
  return JSON.stringify({ resourceType, id, meta: { ...meta, versionId, lastUpdated }, ...content });
}
