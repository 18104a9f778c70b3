/**
 * Patch of `ReplayDetection.unique`.
 *
 * Why: oidc-provider first looks for an identifier and then stores it, so that of two requests at the same time both
 * are the first. Here one INSERT decides, on all replicas (security rule D18).
 * Upstream would have to offer: one method of the adapter that stores an identifier and says whether it was new.
 */
import type Provider from 'oidc-provider';

/** Same arguments and result as upstream: issuer, `jti`, expiry in seconds since the epoch; true for the first use. */
export type UniqueUse = Provider['ReplayDetection']['unique'];

export function decideUniqueUse(provider: Provider, unique: UniqueUse): void {
  Object.assign(provider.ReplayDetection, { unique });
}
