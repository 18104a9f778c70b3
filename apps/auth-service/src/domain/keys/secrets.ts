/**
 * Derives keys from the master key of the service, and seals values with them. node:crypto gets each key as a KeyObject: to
 * see that bytes are none, Node 24 throws and catches an error, which takes several times as long as the cipher.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** The first one seals. Each of them opens, so that a key can be replaced while the service runs. */
export type Keys = readonly [Buffer, ...Buffer[]];

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @returns 32 bytes for one purpose (HKDF-SHA-256); each purpose has its own key */
export function deriveKey(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', createSecretKey(master), '', purpose, KEY_BYTES));
}

/** {@link deriveKey} of each master key. */
export function deriveKeys([first, ...others]: Keys, purpose: string): Keys {
  return [deriveKey(first, purpose), ...others.map((master) => deriveKey(master, purpose))];
}

/**
 * Encrypts with AES-256-GCM.
 *
 * @param context what the text belongs to; it cannot be decrypted in another context
 * @returns iv, tag and ciphertext in one
 */
export function seal([key]: Keys, context: string, text: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), iv).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function unsealWith(key: Buffer, context: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed);
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = [decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()];
  return Buffer.concat(text).toString('utf8');
}

/** @throws Error unless one of the keys, the context and every byte are those of {@link seal} */
export function unseal([key, ...others]: Keys, context: string, sealed: Uint8Array): string {
  const [next, ...rest] = others;
  try {
    return unsealWith(key, context, sealed);
  } catch (error) {
    if (next === undefined) throw error;
    return unseal([next, ...rest], context, sealed);
  }
}

/** @returns whether the first key sealed it */
export function isSealedWithFirst([key]: Keys, context: string, sealed: Uint8Array): boolean {
  try {
    unsealWith(key, context, sealed);
    return true;
  } catch {
    return false;
  }
}

/** SHA-256, base64url. Tokens and client secrets, random values of at least 128 bits, are stored in this form. */
export function digest(value: string): string {
  return hash('sha256', value, 'base64url');
}

/** A keyed digest, base64url. */
export function hmac([key]: Keys, text: string): string {
  return createHmac('sha256', createSecretKey(key)).update(text).digest('base64url');
}

/** @returns what {@link hmac} says, or would have said with another one of the keys */
export function hmacs([key, ...others]: Keys, text: string): readonly [string, ...string[]] {
  return [hmac([key], text), ...others.map((other) => hmac([other], text))];
}

/** Compares in constant time, whatever the lengths. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));
}

/** {@link sameText} with each: while a secret is replaced, the one before is good, too. */
export const isOneOf = (text: string, accepted: readonly string[]): boolean =>
  accepted.some((each) => sameText(text, each));
