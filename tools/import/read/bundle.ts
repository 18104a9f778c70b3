/** Entries of a Bundle (http://hl7.org/fhir/R4/bundle.html): their resources, made to refer to each other by id. */
import { isId } from '@patient-access/fhir';
import { MAX_DEPTH } from './json.ts';

type Element = Record<string, unknown>;

/** Relative reference of each entry, by its fullUrl. The one thing that grows with a Bundle: some 200 bytes each. */
export type FullUrls = Map<string, string>;

export type EntryContent = { resource: unknown } | { reject: string } | { skip: true };

/** Requests that bring a resource to be stored. */
const STORING_METHODS = ['PUT', 'POST'];

const isElement = (value: unknown): value is Element =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The id that an entry without one gets: the same at each import, so that a second one changes nothing. */
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

/** Notes what others in the Bundle may call this entry. */
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
 * Rewrites references to other entries in place (http://hl7.org/fhir/R4/bundle.html#references). `url` is one only in
 * an Attachment: on a resource it is its canonical name, on an extension its meaning.
 */
function makeRelative(urls: FullUrls, node: unknown, isExtension = false, depth = 0): void {
  // What is nested deeper than any resource is rejected later, for whoever looks at all of it.
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

function withoutResource(entry: Element): EntryContent {
  const { request, response } = entry;
  if (isElement(request)) {
    return {
      reject: request['method'] === 'DELETE' ? 'deletions are not imported' : 'a request without a resource',
    };
  }
  return isElement(response) ? { skip: true } : { reject: 'an entry without a resource' };
}

/** @returns the resource of an entry, with an id and with references that hold outside the Bundle */
export function contentOf(urls: FullUrls, entry: unknown): EntryContent {
  if (!isElement(entry)) return { reject: 'not an entry of a Bundle' };
  const { resource, request, search } = entry;
  if (resource === undefined) return withoutResource(entry);
  if (!isElement(resource)) return { reject: 'not a resource' };
  // What a server had to say about the search is no data of the plan's.
  if (isElement(search) && search['mode'] === 'outcome') return { skip: true };
  if (isElement(request) && !STORING_METHODS.includes(String(request['method']))) {
    return { reject: 'a request that is neither PUT nor POST' };
  }
  if (resource['resourceType'] === 'Bundle') return { reject: 'a Bundle inside a Bundle' };
  resource['id'] ??= identityOf(entry)?.id;
  makeRelative(urls, resource);
  return { resource };
}
