/** The form in which a resource is stored. */
import { createHash } from 'node:crypto';
import type { Resource } from '@patient-access/fhir';

/**
 * The content of a resource, without what the store itself sets. Two resources with the same content are the same
 * version. As in the stored form, `resourceType`, `id` and `meta` come first, and there is always a `meta`.
 */
export function contentOfResource({ resourceType, id, meta = {}, ...content }: Resource): string {
  const { versionId: _version, lastUpdated: _updated, ...own } = meta;
  return JSON.stringify({ resourceType, id, meta: own, ...content });
}

const sha256 = (content: string): Buffer => createHash('sha256').update(content).digest();

/** SHA-256 of the content. */
export const contentHash = (resource: Resource): Buffer => sha256(contentOfResource(resource));

/** Characters of a version id. They hold 80 bits, so no two versions of a resource get the same id. */
const VERSION_ID_LENGTH = 20;

/**
 * Makes the id of a version. Version ids are opaque (http://hl7.org/fhir/R4/resource.html#versions): an app that
 * could count versions would notice the versions that it may not see.
 *
 * @param lastUpdated ISO 8601
 */
export const versionIdOf = (resource: Resource, lastUpdated: string): string =>
  sha256(`${contentOfResource(resource)} ${lastUpdated}`)
    .toString('hex')
    .slice(0, VERSION_ID_LENGTH);

/** The JSON that will be served. `resourceType`, `id` and `meta` come first. */
export function storedBody(resource: Resource, versionId: string, lastUpdated: string): string {
  const { resourceType, id, meta, ...content } = resource;
  return JSON.stringify({ resourceType, id, meta: { ...meta, versionId, lastUpdated }, ...content });
}
