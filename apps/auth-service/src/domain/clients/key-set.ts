/** The public keys that somebody registers or is trusted by, as a JWK Set (SMART checklist items 29 and 81). */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';

const MAX_KEYS = 10;
const MAX_KID_CHARACTERS = 128;
const MIN_RSA_BITS = 2048;
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

function keyProblem(jwk: JsonWebKey): string | undefined {
  if (PRIVATE.some((parameter) => parameter in jwk)) return 'must be public keys';
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({ key: jwk, format: 'jwk' });
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    return asymmetricKeyType === 'rsa' && bits < MIN_RSA_BITS ? `must have ${MIN_RSA_BITS} bits` : undefined;
  } catch {
    return 'must be valid keys';
  }
}

const Jwk = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), kid: z.string().min(1).max(MAX_KID_CHARACTERS) })
  .superRefine((jwk, { addIssue }) => {
    const problem = keyProblem(jwk as JsonWebKey);
    if (problem) addIssue(problem);
  });

/** @returns whether the key says of itself that it verifies signatures, or says nothing (RFC 7517, 4.2 and 4.3) */
export const isForSignatures = ({ use, key_ops: operations }: JsonWebKey): boolean =>
  (use === undefined || use === 'sig') && (!Array.isArray(operations) || operations.includes('verify'));

/** An assertion's header names one key by `kid` and type (SMART checklist item 87). */
const unambiguous = (keys: { kid: string; kty: string }[]): boolean =>
  new Set(keys.map(({ kid, kty }) => `${kty} ${kid}`)).size === keys.length;

export const Jwks = z.object({
  keys: z
    .array(Jwk)
    .min(1)
    .max(MAX_KEYS)
    .refine(unambiguous, 'must not have two keys of one kid')
    .refine(
      (keys) => keys.some((jwk) => isForSignatures(jwk as JsonWebKey)),
      'must have a key that verifies signatures: its use is sig or is left out, and its key_ops has verify or is left out',
    ),
});
