/**
 * What is good for once without having been issued here: assertions of clients and proofs of possession, known by who
 * made them and their `jti` (RFC 7523 section 3, RFC 9449 section 11.1).
 */
import type { Pool } from '@patient-access/database';
import { PROOF_WINDOW_SECONDS } from '@patient-access/smart';
import { digest } from '../keys/secrets.ts';
import { rememberOnce } from './records.ts';

/**
 * @param maker client id, or thumbprint of the key that signed; two that could be read as one are told apart
 * @param forSeconds how long it could be used from now on
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

/** The engine's `ReplayDetection.unique`, which looks first and writes then: of two at once both would be first. */
export function uniqueUse(pool: Pool, tenant: string) {
  return (maker: string, jti: string, expiresAtSeconds: number): Promise<boolean> => {
    const left = Math.max(0, expiresAtSeconds - Math.floor(Date.now() / 1000));
    // A proof that is dated ahead is taken for longer than the engine reckons with.
    return isFirstUse(pool, tenant, maker, jti, left + PROOF_WINDOW_SECONDS);
  };
}
