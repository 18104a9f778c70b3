/** The form in which a resource is stored. */
import { hash } from 'node:crypto';
import type { Resource } from '@patient-access/fhir';

type Content = Omit<Resource, 'resourceType' | 'id' | 'meta'>;

/** `resourceType`, `id` and `meta` come first. @param content JSON of an object */
const withHead = ({ resourceType, id }: Resource, meta: Resource['meta'], content: string): string => {
  const head = JSON.stringify({ resourceType, id, meta });
  return content === '{}' ? head : `${head.slice(0, -1)},${content.slice(1)}`;
};

/** The elements of a resource beside its type, its id and its meta. Nearly all of its text is in them. */
const contentOf = ({ resourceType: _type, id: _id, meta: _meta, ...content }: Resource): Content => content;

/** The meta of a resource without what the store itself sets. There is always one. */
function ownMeta({ meta = {} }: Resource): Resource['meta'] {
  const { versionId: _version, lastUpdated: _updated, ...own } = meta;
  return own;
}

/**
 * The content of a resource, without what the store itself sets. Two resources with the same content are the same
 * version. As in the stored form, `resourceType`, `id` and `meta` come first, and there is always a `meta`.
 */
export const contentOfResource = (resource: Resource): string =>
  withHead(resource, ownMeta(resource), JSON.stringify(contentOf(resource)));

const sha256 = (content: string): Buffer => hash('sha256', content, 'buffer');

/** A resource comes twice to be hashed when its batch runs again. It is never changed in place. */
const hashes = new WeakMap<Resource, Buffer>();

/** SHA-256 of the content. */
export function contentHash(resource: Resource): Buffer {
  const known = hashes.get(resource) ?? sha256(contentOfResource(resource));
  hashes.set(resource, known);
  return known;
}

/** Characters of a version id. They hold 80 bits, so no two versions of a resource get the same id. */
const VERSION_ID_LENGTH = 20;

/** The JSON of a version that will be served. */
export const storedBody = (resource: Resource, versionId: string, lastUpdated: string): string =>
  bodyWith(resource, versionId, lastUpdated, JSON.stringify(contentOf(resource)));

/**
 * The elements that the store sets come last, wherever the plan's own stood. A form that is made anew has lost these, and
 * another order would tell that it was.
 */
const bodyWith = (resource: Resource, versionId: string, lastUpdated: string, content: string) =>
  withHead(resource, { ...ownMeta(resource), versionId, lastUpdated }, content);

/** A version as it is stored. */
interface StoredForm {
  versionId: string;
  /** the JSON that will be served */
  body: string;
}

/**
 * Makes the stored form of a version, with its id. Version ids are opaque
 * (http://hl7.org/fhir/R4/resource.html#versions): an app that could count versions would notice the versions that it
 * may not see.
 *
 * @param lastUpdated ISO 8601
 */
export function storedForm(resource: Resource, lastUpdated: string): StoredForm {
  const content = JSON.stringify(contentOf(resource));
  const said = `${withHead(resource, ownMeta(resource), content)} ${lastUpdated}`;
  const versionId = hash('sha256', said).slice(0, VERSION_ID_LENGTH);
  return { versionId, body: bodyWith(resource, versionId, lastUpdated, content) };
}
