/**
 * The key with which a plan signs receipts for consents, and nothing else. A receipt has to be verifiable for as long as
 * the consent is kept, so these keys do not rotate with the others, and none is ever deleted (docs/adr/0064).
 */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { RunSql } from '../database.ts';
import { deriveKeys, type Keys, seal, unseal } from './secrets.ts';
import { type SigningJwk, toJwk } from './signing-keys.ts';

export const RECEIPT_ALGORITHM = 'ES256';

/** A key that receipts may be signed with. */
export interface ReceiptKey {
  kid: string;
  /** the public half */
  publicJwk: JsonWebKey;
  createdAt: Date;
  /** since when others may know the private half; from then on a signature by it proves nothing */
  replacedAt: Date | null;
}

interface SealedReceiptKey {
  tenant: string;
  kid: string;
  sealed: Buffer;
}

const sealingKey = (masters: Keys): Keys => deriveKeys(masters, 'receipt-keys');
const contextOf = ({ tenant, kid }: Pick<SealedReceiptKey, 'tenant' | 'kid'>): string => `${tenant}/${kid}`;

const sealJwk = (masters: Keys, key: Pick<SealedReceiptKey, 'tenant' | 'kid'>, jwk: string): Buffer =>
  seal(sealingKey(masters), contextOf(key), jwk);

/** @throws Error when none of the master keys sealed it */
function openJwk(masters: Keys, key: SealedReceiptKey): string {
  try {
    return unseal(sealingKey(masters), contextOf(key), key.sealed);
  } catch {
    throw new Error(`receipt key ${key.kid} of "${key.tenant}" was sealed with another KEY_ENCRYPTION_KEY`);
  }
}

const SIGNING = 'SELECT tenant, kid, sealed FROM receipt_key WHERE tenant = $1 AND replaced_at IS NULL';
/** Of two that come at the same time, the second takes the key of the first. */
const ADD = `INSERT INTO receipt_key (tenant, kid, public_jwk, sealed) VALUES ($1, $2, $3::json, $4)
             ON CONFLICT (tenant) WHERE replaced_at IS NULL DO NOTHING`;

async function addReceiptKey(query: RunSql, masters: Keys, tenant: string): Promise<void> {
  const jwk = toJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, RECEIPT_ALGORITHM);
  const { d: _private, ...publicJwk } = jwk;
  const sealed = sealJwk(masters, { tenant, kid: jwk.kid }, JSON.stringify(jwk));
  await query(ADD, [tenant, jwk.kid, JSON.stringify(publicJwk), sealed]);
}

/** Gives a tenant a key for receipts, unless it has one. @param masters KEY_ENCRYPTION_KEY */
export async function ensureReceiptKey(query: RunSql, masters: Keys, tenant: string): Promise<void> {
  const [known] = await query<SealedReceiptKey>(SIGNING, [tenant]);
  if (!known) await addReceiptKey(query, masters, tenant);
}

/**
 * @param masters KEY_ENCRYPTION_KEY
 * @returns the private key that signs the tenant's receipts
 * @throws Error when it has none, or another key sealed it
 */
export async function receiptSigningKey(query: RunSql, masters: Keys, tenant: string): Promise<SigningJwk> {
  const [known] = await query<SealedReceiptKey>(SIGNING, [tenant]);
  if (!known) throw new Error(`"${tenant}" has no key for receipts`);
  return JSON.parse(openJwk(masters, known)) as SigningJwk;
}

const ALL = `SELECT kid, public_jwk AS "publicJwk", created_at AS "createdAt", replaced_at AS "replacedAt"
               FROM receipt_key WHERE tenant = $1 ORDER BY created_at DESC`;

/** @returns all keys that ever signed receipts of the tenant, newest first */
export const receiptKeys = (query: RunSql, tenant: string): Promise<ReceiptKey[]> =>
  query<ReceiptKey>(ALL, [tenant]);

const REPLACE = 'UPDATE receipt_key SET replaced_at = now() WHERE tenant = $1 AND replaced_at IS NULL';

/** Signs with another key from now on, because others may know this one. */
export async function replaceReceiptKey(query: RunSql, masters: Keys, tenant: string): Promise<void> {
  await query(REPLACE, [tenant]);
  await addReceiptKey(query, masters, tenant);
}

const EVERY = 'SELECT tenant, kid, sealed FROM receipt_key';
const RESEAL = 'UPDATE receipt_key SET sealed = $3 WHERE tenant = $1 AND kid = $2';

/**
 * Seals all keys with the first master key, whichever sealed them before.
 *
 * @returns how many there are
 * @throws Error that names a key which none of them opens
 */
export async function resealReceiptKeys(query: RunSql, masters: Keys): Promise<number> {
  const keys = await query<SealedReceiptKey>(EVERY, []);
  for (const key of keys)
    await query(RESEAL, [key.tenant, key.kid, sealJwk(masters, key, openJwk(masters, key))]);
  return keys.length;
}
