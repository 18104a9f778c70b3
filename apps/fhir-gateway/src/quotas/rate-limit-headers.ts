/**
 * The header fields RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers-10: lists of Structured Fields,
 * one item for each quota.
 */

const WINDOW_SECONDS = 60;

/** A quota as its caller sees it, of all gateways together. */
export interface ShownQuota {
  name: string;
  /** requests in a minute */
  limit: number;
  left: number;
  /** until the minute is over */
  seconds: number;
}

/** @returns `"grant";q=6000;w=60` */
const policyOf = ({ name, limit }: ShownQuota): string => `"${name}";q=${limit};w=${WINDOW_SECONDS}`;

/** @returns `"grant";r=5998;t=17` */
const limitOf = ({ name, left, seconds }: ShownQuota): string => `"${name}";r=${left};t=${seconds}`;

export const rateLimitHeaders = (quotas: readonly ShownQuota[]): Record<string, string> => ({
  'RateLimit-Policy': quotas.map(policyOf).join(', '),
  RateLimit: quotas.map(limitOf).join(', '),
});
