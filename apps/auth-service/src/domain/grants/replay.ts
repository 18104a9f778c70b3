/**
 * Values that others issued and that may be used once: assertions of clients and DPoP proofs. Their maker and `jti`
 * identify them (RFC 7523 section 3, RFC 9449 section 11.1).
 */
import type { Pool } from '@patient-access/database';
import { PROOF_WINDOW_SECONDS } from '@patient-access/smart';
import { digest } from '../keys/secrets.ts';
import { rememberOnce } from './records.ts';

/**
 * @param maker client id, or thumbprint of the key that signed; JSON keeps it apart from the `jti`
 * @param forSeconds for how long the value could be used again
 * @returns whether this is the first use
 */
export function isFirstUse(
  pool: Pool,
  tenant: string,
  maker: string,
  jti: string,
  forSeconds: number,
): Promise<boolean> {
  return rememberOnce(pool, tenant, digest(JSON.stringify([maker, jti])), forSeconds);
}

/**
 * Replaces oidc-provider's `ReplayDetection.unique`, which first reads and then writes: of two concurrent uses both
 * would be first.
 */
export function uniqueUse(pool: Pool, tenant: string) {
  return (maker: string, jti: string, expiresAtSeconds: number): Promise<boolean> => {
    const left = Math.max(0, expiresAtSeconds - Math.floor(Date.now() / 1000));
    // A proof that is dated ahead is accepted for longer than oidc-provider assumes.
    return isFirstUse(pool, tenant, maker, jti, left + PROOF_WINDOW_SECONDS);
  };
}
