/** What values of an authorization request look like, and how one differs from what it should be. */
import { repeated } from './refusal.ts';

/** RFC 7636 section 4.2 with S256: 32 bytes. oidc-provider takes up to 128 characters. */
export const CODE_CHALLENGE = /^[\w\-.~]{43,128}$/;

/** Differences that people make, each with a form in which it does not count. */
const DIFFERENCES: readonly [what: string, without: (url: string) => string][] = [
  ['a final slash', (url) => url.replace(/\/$/, '')],
  ['upper and lower case', (url) => url.toLowerCase()],
  ['http or https', (url) => url.replace(/^https?:/, '')],
  [
    'the name of the loopback address',
    (url) => url.replace(/^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/?#]|$)/, ''),
  ],
  ['its port', (url) => url.replace(/^(\w+:\/\/[^/?#]*?):\d+(?=[/?#]|$)/, '$1')],
  ['its query', (url) => url.replace(/\?.*$/, '')],
  ['percent-encoding', decoded],
];

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** @returns what is wrong with an address that was not registered; it does not list what was */
export function describeRedirectUri(uri: string, registered: readonly string[]): string {
  const difference = DIFFERENCES.find(([, without]) =>
    registered.some((known) => without(known) === without(uri)),
  )?.[0];
  const near = difference === undefined ? '' : ` A registered one differs in ${difference}.`;
  return `redirect_uri is not registered for this client; it is compared letter by letter. Received: ${repeated(uri)}.${near}`;
}
