/**
 * The header fields RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers-10: lists of Structured Fields,
 * one item for each quota.
 */

/** A quota as its caller sees it, of all replicas together. */
export interface ShownQuota {
  name: string;
  /** in a window */
  limit: number;
  windowSeconds: number;
  left: number;
  /** until all is left again; absent where that depends on what the caller does */
  seconds?: number;
  /** what is counted; absent: requests */
  unit?: 'content-bytes';
}

/** @returns `"grant";q=6000;w=60` */
const policyOf = ({ name, limit, unit, windowSeconds }: ShownQuota): string =>
  `"${name}";q=${limit}${unit ? `;qu="${unit}"` : ''};w=${windowSeconds}`;

/** @returns `"grant";r=5998;t=17` */
const limitOf = ({ name, left, seconds }: ShownQuota): string =>
  `"${name}";r=${left}${seconds === undefined ? '' : `;t=${seconds}`}`;

export const rateLimitHeaders = (quotas: readonly ShownQuota[]): Record<string, string> => ({
  'RateLimit-Policy': quotas.map(policyOf).join(', '),
  RateLimit: quotas.map(limitOf).join(', '),
});
