/** The signing keys of a tenant: RS256 for id_tokens (SMART), ES256 for signed introspection (RFC 9701). */
import { createHash, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { PrismaClient } from '../generated/client.ts';
import { deriveKey, open, seal } from './secrets.ts';

const RSA_BITS = 2048;

export interface SigningJwk extends JsonWebKey {
  kid: string;
  alg: string;
  use: 'sig';
}

/** JWK thumbprint (RFC 7638), so that a key id says nothing but which key it is. */
function thumbprint(jwk: JsonWebKey): string {
  const names = jwk.kty === 'RSA' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x', 'y'];
  const members = names.map((name) => [name, jwk[name]]);
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}

function toJwk(key: KeyObject, alg: string): SigningJwk {
  const jwk = key.export({ format: 'jwk' });
  return { ...jwk, kid: thumbprint(jwk), alg, use: 'sig' };
}

function generateJwks(): SigningJwk[] {
  const rsa = generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return [toJwk(rsa, 'RS256'), toJwk(ec, 'ES256')];
}

const sealingKey = (master: Buffer): Buffer => deriveKey(master, 'signing-keys');
const contextOf = (tenant: string, kid: string): string => `${tenant}/${kid}`;

/** Makes the keys of a new tenant, as rows of `signing_key`. */
export function newSigningKeys(
  master: Buffer,
  tenant: string,
): { kid: string; alg: string; sealed: Uint8Array<ArrayBuffer> }[] {
  return generateJwks().map((jwk) => ({
    kid: jwk.kid,
    alg: jwk.alg,
    sealed: new Uint8Array(seal(sealingKey(master), contextOf(tenant, jwk.kid), JSON.stringify(jwk))),
  }));
}

/**
 * Opens a tenant's private keys.
 *
 * @throws Error when KEY_ENCRYPTION_KEY is not the one they were sealed with
 */
export async function loadSigningKeys(
  prisma: PrismaClient,
  master: Buffer,
  tenantId: string,
): Promise<SigningJwk[]> {
  const rows = await prisma.signingKey.findMany({ where: { tenantId }, orderBy: { createdAt: 'desc' } });
  return rows.map(
    (row) => JSON.parse(open(sealingKey(master), contextOf(tenantId, row.kid), row.sealed)) as SigningJwk,
  );
}
