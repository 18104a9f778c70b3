/** The target of a request in one form, made before routing and before any decision. */
import type { IncomingMessage } from 'node:http';
import { FHIR_PATHS } from '@patient-access/fhir';
import { decodeUnreserved } from '@patient-access/smart';

/** A client that believes it talks to a proxy sends the whole URL (RFC 9112 section 3.2.2). */
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;
const BELOW_FHIR_BASE = new RegExp(`^/(?:${FHIR_PATHS.join('|')})/[^/]+/.`);

/**
 * Percent-encoded characters that need no encoding are what they stand for (RFC 3986 section 6.2.2.2), once: what comes
 * out is not decoded again. A path of the FHIR API may end with a slash.
 *
 * @param target path and query
 */
function normalTarget(target: string): string {
  const end = target.indexOf('?');
  const path = decodeUnreserved(end < 0 ? target : target.slice(0, end));
  const query = end < 0 ? '' : target.slice(end);
  const withoutSlash = BELOW_FHIR_BASE.test(path) && path.endsWith('/') ? path.slice(0, -1) : path;
  return withoutSlash + query;
}

/** Fastify's `rewriteUrl`. The host of an absolute form takes the place of the Host header. */
export function rewriteTarget(request: Pick<IncomingMessage, 'url' | 'headers'>): string {
  const { url = '/', headers } = request;
  const [scheme, host] = ABSOLUTE_FORM.exec(url) ?? [];
  if (scheme === undefined || host === undefined) return normalTarget(url);
  headers.host = host;
  const target = url.slice(scheme.length);
  return normalTarget(target.startsWith('/') ? target : `/${target}`);
}
