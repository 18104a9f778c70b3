import {
  AUTHORIZATION_PAGE_HEADERS,
  contentSecurityPolicy,
  SECURITY_HEADERS,
} from '../../provider/endpoints/security-headers.ts';

/** Pictures are our own (domain/logos). Another host would learn who looks at a page. */
const pagePolicy = (formAction: string): string => contentSecurityPolicy(formAction, "img-src 'self'");

/** Headers of a page whose forms post to this server only. */
export const OWN_PAGE_HEADERS = {
  ...SECURITY_HEADERS,
  'Content-Security-Policy': pagePolicy("'self'"),
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Headers of the page with insurance cards: the plan's logo stands in the page itself. */
export const CARD_PAGE_HEADERS = {
  ...OWN_PAGE_HEADERS,
  'Content-Security-Policy': contentSecurityPolicy("'self'", 'img-src data:'),
};

/**
 * The address to which a redirect to the client leads. CSP has no IPv6 addresses, and names custom schemes by the scheme
 * alone.
 */
function redirectSource(redirectUri: string): string {
  const { protocol, host, hostname } = new URL(redirectUri);
  return /^https?:$/.test(protocol) && !hostname.startsWith('[') ? `${protocol}//${host}` : protocol;
}

/**
 * Headers of a page between an app's request and its answer.
 *
 * @param redirectUri where the form may lead by redirects: for programs and old browsers, which go to the client at once
 *   (provider/authorization/keep-outcomes.ts)
 */
export function formPageHeaders(redirectUri?: string): Record<string, string> {
  const further = redirectUri === undefined ? '' : ` ${redirectSource(redirectUri)}`;
  return {
    ...AUTHORIZATION_PAGE_HEADERS,
    'Content-Security-Policy': pagePolicy(`'self'${further}`),
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}
