/**
 * Patch of `ReplayDetection.unique`.
 *
 * Why: oidc-provider first looks for an identifier and then stores it, so two concurrent requests both count as the
 * first. Here one INSERT decides, for all replicas (security rule D18).
 * Upstream would have to offer: one method of the adapter that stores an identifier and says whether it was new.
 */
import type Provider from 'oidc-provider';

/**
 * Arguments and result are those of upstream: issuer, `jti`, expiry in seconds since the epoch; true for the first
 * use.
 */
export type UniqueUse = Provider['ReplayDetection']['unique'];

export function decideUniqueUse(provider: Provider, unique: UniqueUse): void {
  Object.assign(provider.ReplayDetection, { unique });
}
