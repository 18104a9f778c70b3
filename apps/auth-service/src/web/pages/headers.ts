/** The headers of every answer of this service (security rule D23). */
export const PAGE_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': contentSecurityPolicy("'none'"),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Headers of a member's own pages, whose forms stay at this server. */
export const OWN_PAGE_HEADERS = {
  ...PAGE_HEADERS,
  'Content-Security-Policy': contentSecurityPolicy("'self'"),
  'Cross-Origin-Resource-Policy': 'same-origin',
};

function contentSecurityPolicy(formAction: string): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/**
 * Where the redirect after a form may lead. Browsers apply `form-action` to the whole chain of redirects, so the
 * client's own address has to be named. CSP has no IPv6 addresses and knows custom schemes by the scheme alone.
 */
function redirectSource(redirectUri: string): string {
  const { protocol, host, hostname } = new URL(redirectUri);
  return /^https?:$/.test(protocol) && !hostname.startsWith('[') ? `${protocol}//${host}` : protocol;
}

/** Headers of a page whose form leads nowhere else. */
export function selfFormPageHeaders(): Record<string, string> {
  return { ...PAGE_HEADERS, 'Content-Security-Policy': contentSecurityPolicy("'self'") };
}

/** Headers of a page whose form may end in a redirect to the client. */
export function formPageHeaders(redirectUri: string): Record<string, string> {
  return {
    ...PAGE_HEADERS,
    'Content-Security-Policy': contentSecurityPolicy(`'self' ${redirectSource(redirectUri)}`),
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}
