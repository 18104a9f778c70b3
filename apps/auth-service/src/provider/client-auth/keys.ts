/** Which of a client's keys an assertion is checked with (SMART App Launch, "Client Authentication: Asymmetric"). */
import type { JWK } from 'jose';

/** What the header of an assertion says about its key. */
export interface KeyHeader {
  alg: string;
  kid?: unknown;
}

/** RS384 and ES384 are SMART's; the others are those that FAPI 2.0 allows. Each names the `kty` of its keys. */
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

function verifies(key: JWK, alg: string): boolean {
  const use = key.use === undefined || key.use === 'sig';
  return use && (key.alg === undefined || key.alg === alg) && (key.key_ops?.includes('verify') ?? true);
}

/** @returns the one key with this `kid` and the `kty` of this `alg`; none when there is no such key, or a second one */
export function keyFor(keys: readonly JWK[], { alg, kid }: KeyHeader): JWK[] {
  if (typeof kid !== 'string') return [];
  const matching = keys.filter((key) => key.kid === kid && key.kty === KEY_TYPES[alg as Algorithm]);
  return matching.length === 1 ? matching.filter((key) => verifies(key, alg)) : [];
}
