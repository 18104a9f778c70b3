/**
 * Reads the resources of a Bundle's entries (http://hl7.org/fhir/R4/bundle.html). References between them become ids.
 */
import { isId, type Target } from '@patient-access/fhir';
import { MAX_DEPTH } from './json.ts';

type Element = Record<string, unknown>;

/**
 * The relative reference of each entry, by its fullUrl. Only this grows with a Bundle: about 200 bytes for each entry.
 */
export type FullUrls = Map<string, string>;

export type EntryContent = { resource: unknown } | { deleted: Target } | { reject: string } | { skip: true };

/** Methods of entries whose resource has to be stored. */
const STORING_METHODS = ['PUT', 'POST'];

const isElement = (value: unknown): value is Element =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns the id of an entry without one. It is the same at each import, so a second import changes nothing. */
function idFrom(url: unknown, type: string): string | undefined {
  if (typeof url !== 'string') return undefined;
  const id =
    /^urn:(?:uuid|oid):(.+)$/.exec(url)?.[1] ?? new RegExp(`(?:^|/)${type}/([^/?]+)$`).exec(url)?.[1];
  return id !== undefined && isId(id) ? id : undefined;
}

const TYPE_NAME = /^[A-Z][A-Za-z]+$/;

function identityOf(entry: Element): { type: string; id: string } | undefined {
  const { resource, request, fullUrl } = entry;
  if (!isElement(resource) || typeof resource['resourceType'] !== 'string') return undefined;
  const type = resource['resourceType'];
  if (!TYPE_NAME.test(type)) return undefined;
  const own = typeof resource['id'] === 'string' && isId(resource['id']) ? resource['id'] : undefined;
  const id = own ?? idFrom(fullUrl, type) ?? (isElement(request) ? idFrom(request['url'], type) : undefined);
  return id === undefined ? undefined : { type, id };
}

/** Notes the fullUrl by which other entries of the Bundle may refer to this one. */
export function noteFullUrl(urls: FullUrls, entry: unknown): void {
  if (!isElement(entry) || typeof entry['fullUrl'] !== 'string') return;
  const identity = identityOf(entry);
  if (identity) urls.set(entry['fullUrl'], `${identity.type}/${identity.id}`);
}

function relative(urls: FullUrls, url: string): string | undefined {
  const [, base = url, version = ''] = /^(.+?)(\/_history\/[^/]+)?$/.exec(url) ?? [];
  const known = urls.get(base);
  return known === undefined ? undefined : known + version;
}

/**
 * Rewrites references to other entries in place (http://hl7.org/fhir/R4/bundle.html#references). An element `url` is a
 * reference only in an Attachment. On a resource it is the canonical URL, and on an extension it is the definition.
 */
function makeRelative(urls: FullUrls, node: unknown, isExtension = false, depth = 0): void {
  // A resource that is nested deeper than this is rejected later, so nothing deeper needs rewriting.
  if (depth > MAX_DEPTH) return;
  if (Array.isArray(node)) {
    for (const item of node) makeRelative(urls, item, isExtension, depth + 1);
    return;
  }
  if (!isElement(node)) return;
  const holdsLink = !isExtension && !('resourceType' in node);
  for (const [name, value] of Object.entries(node)) {
    if (typeof value !== 'string')
      makeRelative(urls, value, name === 'extension' || name === 'modifierExtension', depth + 1);
    else if (name === 'reference' || (name === 'url' && holdsLink))
      node[name] = relative(urls, value) ?? value;
  }
}

/** An entry that deletes (http://hl7.org/fhir/R4/http.html#delete). It names one resource, relative or with a base. */
function deletionOf({ url }: Element): EntryContent {
  const [, type, id] = (typeof url === 'string' && /(?:^|\/)([A-Z][A-Za-z]+)\/([^/?]+)$/.exec(url)) || [];
  if (type === undefined || !isId(id)) return { reject: 'a deletion that does not name one resource' };
  return { deleted: { type, id } };
}

function withoutResource(entry: Element): EntryContent {
  const { request, response } = entry;
  if (isElement(request)) return { reject: 'a request without a resource' };
  return isElement(response) ? { skip: true } : { reject: 'an entry without a resource' };
}

/** @returns the resource of an entry, with an id and with references that are valid outside the Bundle */
export function contentOf(urls: FullUrls, entry: unknown): EntryContent {
  if (!isElement(entry)) return { reject: 'not an entry of a Bundle' };
  const { resource, request, search } = entry;
  if (isElement(request) && request['method'] === 'DELETE') return deletionOf(request);
  if (resource === undefined) return withoutResource(entry);
  if (!isElement(resource)) return { reject: 'not a resource' };
  // An entry with the outcome of a search is a message of a server, not data of the plan.
  if (isElement(search) && search['mode'] === 'outcome') return { skip: true };
  if (isElement(request) && !STORING_METHODS.includes(String(request['method']))) {
    return { reject: 'a request that is neither PUT nor POST' };
  }
  if (resource['resourceType'] === 'Bundle') return { reject: 'a Bundle inside a Bundle' };
  resource['id'] ??= identityOf(entry)?.id;
  makeRelative(urls, resource);
  return { resource };
}
