/** What a resource looks like in the table. */
import { createHash } from 'node:crypto';
import type { Resource } from '@patient-access/fhir';

/** The content, by which a second delivery of the same is recognised: all but what the store itself sets. */
export function contentHash(resource: Resource): Buffer {
  const { versionId: _version, lastUpdated: _updated, ...meta } = resource.meta ?? {};
  return createHash('sha256')
    .update(JSON.stringify({ ...resource, meta }))
    .digest();
}

/** The JSON that will be served, with `resourceType`, `id` and `meta` in front. */
export function storedBody(resource: Resource, version: number, lastUpdated: string): string {
  const { resourceType, id, meta, ...content } = resource;
  return JSON.stringify({
    resourceType,
    id,
    meta: { ...meta, versionId: String(version), lastUpdated },
    ...content,
  });
}
