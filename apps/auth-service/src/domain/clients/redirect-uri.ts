/** Which redirect URIs a client may register (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 4.1; case O01). */

const MAX_URI_CHARACTERS = 512;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** RFC 8252 section 7.1: a private-use scheme is a domain name in reverse, so it has a dot. */
const PRIVATE_USE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;
/** The characters of a URI (RFC 3986) except `*`, which some servers take for "anything". */
const URI_CHARACTERS = /^[A-Za-z0-9\-._~:/?[\]@!$&'()+,;=%]+$/;

/** Whether a redirect stays on the member's device, as only native apps have it. */
export const isNativeRedirect = (uri: string): boolean => !uri.startsWith('https://');

export const isLoopback = ({ hostname }: URL): boolean => LOOPBACK.has(hostname);

/** @returns the origins of web pages among redirect URIs, each once */
export function webOrigins(redirectUris: readonly string[] = []): string[] {
  const origins = redirectUris.map((uri) => new URL(uri).origin).filter((origin) => origin !== 'null');
  return [...new Set(origins)];
}

const NATIVE_NEEDED =
  'must use https, or for an app on a device http://127.0.0.1, http://localhost or a scheme with a dot, as in com.example.app:/callback';

function schemeProblem(url: URL, nativeApps: boolean): string | undefined {
  if (url.protocol === 'https:') return isLoopback(url) ? 'must use http on loopback' : undefined;
  const native = (url.protocol === 'http:' && isLoopback(url)) || PRIVATE_USE_SCHEME.test(url.protocol);
  if (!native) return nativeApps ? NATIVE_NEEDED : 'must use https';
  return nativeApps ? undefined : 'must use https: this plan takes no native apps';
}

/**
 * Checks a redirect URI. Only the normal form is accepted, so that comparing texts compares addresses.
 *
 * @param nativeApps whether the plan accepts loopback and private-use addresses (RFC 8252)
 * @returns why it is refused, as words that follow `redirect_uris`; undefined when it may be registered
 */
export function redirectUriProblem(uri: string, nativeApps: boolean): string | undefined {
  if (uri.length > MAX_URI_CHARACTERS) return `must have at most ${MAX_URI_CHARACTERS} characters each`;
  if (uri.includes('#')) return 'must not contain fragments';
  const url = URI_CHARACTERS.test(uri) ? URL.parse(uri) : null;
  if (!url) return 'must be fixed absolute URIs, without wildcards';
  if (url.username || url.password) return 'must not contain credentials';
  if (url.href !== uri && url.href !== `${uri}/`) return `must be in normal form: ${url.href}`;
  if (/(^|\.)xn--/.test(url.hostname)) return 'must not have an internationalised host name';
  if (url.hostname.endsWith('.')) return 'must not have a host name that ends with a dot';
  return schemeProblem(url, nativeApps);
}
