/** Selects the key that verifies an assertion (SMART App Launch, "Client Authentication: Asymmetric"). */
import type { JWK } from 'jose';
import { isForSignatures } from '../../domain/clients/key-set.ts';

/** What the header of an assertion says about its key. */
export interface KeyHeader {
  alg: string;
  kid?: unknown;
}

/** SMART requires RS384 and ES384, and FAPI 2.0 allows the others. Each stands with the `kty` of its keys. */
const KEY_TYPES = {
  RS384: 'RSA',
  ES384: 'EC',
  PS256: 'RSA',
  ES256: 'EC',
  Ed25519: 'OKP',
} as const;

type Algorithm = keyof typeof KEY_TYPES;

/** `token_endpoint_auth_signing_alg_values_supported`. */
export const ASSERTION_ALGORITHMS = Object.freeze(Object.keys(KEY_TYPES)) as readonly Algorithm[];

const verifies = (key: JWK, alg: string): boolean =>
  isForSignatures(key) && (key.alg === undefined || key.alg === alg);

/**
 * @returns the only key with this `kid` and the `kty` of this `alg`; none if there is no such key, or more than one
 */
export function keyFor(keys: readonly JWK[], { alg, kid }: KeyHeader): JWK[] {
  if (typeof kid !== 'string') return [];
  const matching = keys.filter((key) => key.kid === kid && key.kty === KEY_TYPES[alg as Algorithm]);
  return matching.length === 1 ? matching.filter((key) => verifies(key, alg)) : [];
}
