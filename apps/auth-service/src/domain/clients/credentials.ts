import { randomBytes, randomUUID } from 'node:crypto';
import type { ClientMetadata } from './metadata.ts';

const SECRET_BYTES = 32;

/** A secret of 256 random bits. Its owner sees it once; because it is random, a plain digest of it can be stored. */
export const newRandomSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

export const newClientId = (): string => randomUUID();

/** Public clients and clients with a key of their own have no secret (RFC 7591 section 2). */
export function secretFor({ token_endpoint_auth_method: method }: ClientMetadata): string | undefined {
  return method === 'client_secret_basic' || method === 'client_secret_post' ? newRandomSecret() : undefined;
}
