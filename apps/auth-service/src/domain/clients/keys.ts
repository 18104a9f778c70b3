/** The public keys that a client registers, inline or by address (SMART checklist items 29, 81 and 83). */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { Tenant } from '../tenant/tenant.ts';
import { isLoopback } from './redirect-uri.ts';

const MAX_KEYS = 10;
const MAX_KID_CHARACTERS = 128;
const MIN_RSA_BITS = 2048;
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** Names that public DNS does not resolve (RFC 6761, 6762, 8375, 9476, and names in common private use). */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|intranet|lan|corp|home|private|arpa|test|invalid)\.?$/;

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

/** An assertion's header names one key by `kid` and type (SMART checklist item 87). */
const unambiguous = (keys: { kid: string; kty: string }[]): boolean =>
  new Set(keys.map(({ kid, kty }) => `${kty} ${kid}`)).size === keys.length;

export const Jwks = z.object({
  keys: z.array(Jwk).min(1).max(MAX_KEYS).refine(unambiguous, 'must not have two keys of one kid'),
});

/** Whether key sets on the developer's own machine are fetched: only where a preview tenant allows it. */
export function mayReachLoopback({ kind, settings }: Pick<Tenant, 'kind' | 'settings'>): boolean {
  return kind === 'preview' && settings.loopbackKeySets;
}

/**
 * Checks an address of keys without fetching it.
 *
 * @param loopback whether keys on the developer's own machine are accepted, over plain HTTP
 * @returns why the address is refused; undefined when it may be registered
 */
export function jwksUriProblem(uri: string, loopback: boolean): string | undefined {
  const url = URL.parse(uri);
  if (!url || url.username || url.password || url.hash) return 'must be an https URL';
  if (loopback && url.protocol === 'http:' && isLoopback(url)) return undefined;
  if (url.protocol !== 'https:') return 'must be an https URL';
  const address = ipaddr.isValid(url.hostname.replace(/^\[|\]$/g, ''));
  const open = url.hostname.includes('.') && !address && !PRIVATE_NAME.test(url.hostname);
  return open ? undefined : 'must have a public host name';
}
