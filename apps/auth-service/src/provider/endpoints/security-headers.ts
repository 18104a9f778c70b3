/**
 * @param more directives in addition
 * @returns a policy that allows our own style sheet and nothing else
 */
export function contentSecurityPolicy(formAction: string, ...more: string[]): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    ...more,
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** The headers of every response of this service (security rule D23). */
export const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': contentSecurityPolicy("'none'"),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/**
 * The headers of the pages between an app's request and its answer. An app may open them in a popup, which has to find its
 * opener again when it is back at the app; a browser cuts the two apart for good at the first page with another policy.
 * Without scripts there is nothing in these pages that an opener could reach.
 */
export const AUTHORIZATION_PAGE_HEADERS = {
  ...SECURITY_HEADERS,
  'Cross-Origin-Opener-Policy': 'unsafe-none',
};
