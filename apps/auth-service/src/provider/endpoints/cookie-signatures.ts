/**
 * Signs and checks oidc-provider's cookies as Keygrip does, so the cookies of earlier releases stay good. Keygrip itself makes
 * three HMACs for each cookie that it checks, each with a key of bytes, which is slow (domain/keys/secrets.ts).
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type Keys, sameText } from '../../domain/keys/secrets.ts';

/** Keygrip takes its keys as texts. */
const keyOf = (key: Buffer): KeyObject => createSecretKey(key.toString('base64url'), 'utf8');

export class CookieSignatures {
  private readonly signing: KeyObject;
  private readonly all: readonly KeyObject[];

  constructor([first, ...others]: Keys) {
    this.signing = keyOf(first);
    this.all = [this.signing, ...others.map(keyOf)];
  }

  sign(data: string, key = this.signing): string {
    return createHmac('sha1', key).update(data).digest('base64url');
  }

  /** @returns the place of the key that signed it; -1: none of them did */
  index(data: string, signature: string): number {
    return this.all.findIndex((key) => sameText(signature, this.sign(data, key)));
  }

  verify(data: string, signature: string): boolean {
    return this.index(data, signature) >= 0;
  }
}
