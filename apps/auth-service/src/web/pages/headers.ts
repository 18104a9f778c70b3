import { contentSecurityPolicy, SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';

/** Headers of a page whose forms post to this server only. */
export const OWN_PAGE_HEADERS = {
  ...SECURITY_HEADERS,
  'Content-Security-Policy': contentSecurityPolicy("'self'"),
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * The address to which a form's redirect may lead. Browsers apply `form-action` to the whole chain of redirects, so
 * the client's own address has to be named. CSP has no IPv6 addresses, and names custom schemes by the scheme alone.
 */
function redirectSource(redirectUri: string): string {
  const { protocol, host, hostname } = new URL(redirectUri);
  return /^https?:$/.test(protocol) && !hostname.startsWith('[') ? `${protocol}//${host}` : protocol;
}

/** Headers of a page whose form may end in a redirect to the client. */
export function formPageHeaders(redirectUri: string): Record<string, string> {
  return {
    ...OWN_PAGE_HEADERS,
    'Content-Security-Policy': contentSecurityPolicy(`'self' ${redirectSource(redirectUri)}`),
  };
}
