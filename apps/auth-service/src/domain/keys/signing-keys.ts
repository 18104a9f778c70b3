/** The signing keys of a tenant: RS256 for id_tokens (SMART), ES256 for signed introspection (RFC 9701). */
import { createHash, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { PrismaClient, SigningKey } from '../../generated/client.ts';
import { nextChange, publishedKeys } from './schedule.ts';
import { deriveKeys, type Keys, seal, unseal } from './secrets.ts';

const RSA_BITS = 2048;

export interface SigningJwk extends JsonWebKey {
  kid: string;
  alg: string;
  use: 'sig';
}

/** The key id is the JWK thumbprint (RFC 7638), which says nothing else about the key. */
function thumbprint(jwk: JsonWebKey): string {
  const names = jwk.kty === 'RSA' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x', 'y'];
  const members = names.map((name) => [name, jwk[name]]);
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}

/** A key with its id. */
export function toJwk(key: KeyObject, alg: string): SigningJwk {
  const jwk = key.export({ format: 'jwk' });
  return { ...jwk, kid: thumbprint(jwk), alg, use: 'sig' };
}

function generateJwks(): SigningJwk[] {
  const rsa = generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return [toJwk(rsa, 'RS256'), toJwk(ec, 'ES256')];
}

const sealingKey = (masters: Keys): Keys => deriveKeys(masters, 'signing-keys');
const contextOf = (tenant: string, kid: string): string => `${tenant}/${kid}`;

/** A private key as a row of `signing_key`. */
function sealKey(masters: Keys, tenant: string, { kid, alg }: Pick<SigningJwk, 'kid' | 'alg'>, jwk: string) {
  return { kid, alg, sealed: new Uint8Array(seal(sealingKey(masters), contextOf(tenant, kid), jwk)) };
}

/** Generates one key of each algorithm, as rows of `signing_key`. */
export function newSigningKeys(masters: Keys, tenant: string) {
  return generateJwks().map((jwk) => sealKey(masters, tenant, jwk, JSON.stringify(jwk)));
}

/** @throws Error when none of the keys sealed the row, or it belongs to another tenant or key id */
function openKey(masters: Keys, { tenantId, kid, sealed }: SealedKey): string {
  try {
    return unseal(sealingKey(masters), contextOf(tenantId, kid), sealed);
  } catch {
    throw new Error(`signing key ${kid} of "${tenantId}" was sealed with another KEY_ENCRYPTION_KEY`);
  }
}

type SealedKey = Pick<SigningKey, 'tenantId' | 'kid' | 'sealed'>;

/** Seals a signing key with the first master key, whichever sealed it before. */
export function resealKey(masters: Keys, row: SealedKey & { alg: string }) {
  return sealKey(masters, row.tenantId, row, openKey(masters, row));
}

/**
 * Opens a tenant's private keys.
 *
 * @param masters KEY_ENCRYPTION_KEY
 * @returns the keys that are published now, for each algorithm the signing one first, and until when that holds
 *   (milliseconds since the epoch)
 * @throws Error when another key sealed them
 */
export async function loadSigningKeys(
  prisma: PrismaClient,
  masters: Keys,
  tenantId: string,
): Promise<{ keys: SigningJwk[]; until: number }> {
  // In one order at each replica, also after keys were sealed anew.
  const rows = await prisma.signingKey.findMany({ where: { tenantId }, orderBy: { kid: 'asc' } });
  const now = new Date();
  const keys = publishedKeys(rows, now).map((row) => JSON.parse(openKey(masters, row)) as SigningJwk);
  return { keys, until: nextChange(rows, now) };
}
