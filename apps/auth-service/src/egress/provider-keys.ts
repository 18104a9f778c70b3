/** The keys of a plan's identity provider, and what is signed with them. */
import * as jose from 'jose';
import type { Egress } from './egress.ts';

/** A key that the provider has withdrawn is good for no longer than this. */
const FRESH_MS = 5 * 60_000;
/** An unknown key causes a request at most once in this time. */
const UNKNOWN_KEY_MS = { login: 1_000, stranger: 30_000 } as const;

/** `login`: the token came from the provider itself. `stranger`: anybody may have sent it. */
type Sender = keyof typeof UNKNOWN_KEY_MS;

/** @returns whether an error of {@link ProviderKeys.verify} is about the token; if not, it could not be checked now */
export const isAboutToken = (error: unknown): boolean => error instanceof jose.errors.JOSEError;

/** The provider has answered, and not with its keys: nobody can say whether the token is good. */
export class KeysNotTold extends Error {
  override readonly name = 'KeysNotTold';
}

/** @throws KeysNotTold */
async function keysIn(answer: Response): Promise<KeySet['find']> {
  if (answer.status !== 200) throw new KeysNotTold(`the keys were answered with ${answer.status}`);
  try {
    return jose.createLocalJWKSet((await answer.json()) as jose.JSONWebKeySet);
  } catch (cause) {
    throw new KeysNotTold('the answer holds no keys', { cause });
  }
}

interface KeySet {
  find: ReturnType<typeof jose.createLocalJWKSet>;
  /** `performance.now()`: whoever sets the clock makes no key good for longer */
  fetchedAt: number;
}

export class ProviderKeys {
  private readonly egress: Egress;
  private readonly url: string;
  private known?: KeySet;
  private fetching?: Promise<KeySet>;

  constructor(egress: Egress, url: string) {
    this.egress = egress;
    this.url = url;
  }

  /**
   * Verifies signature, algorithm, issuer, audience and times. An unknown key is fetched at once, so a rotation at the
   * provider refuses nobody.
   *
   * @throws errors of jose, or of the egress when the keys cannot be fetched
   */
  verify(token: string, rules: jose.JWTVerifyOptions, sender: Sender): Promise<jose.JWTVerifyResult> {
    return jose.jwtVerify(token, (header, jws) => this.keyFor(header, jws, sender), rules);
  }

  private async keyFor(
    header: jose.JWTHeaderParameters,
    token: jose.FlattenedJWSInput,
    sender: Sender,
  ): Promise<jose.CryptoKey> {
    const fresh = this.known !== undefined && performance.now() - this.known.fetchedAt < FRESH_MS;
    const set = fresh && this.known ? this.known : await this.fetch();
    try {
      return await set.find(header, token);
    } catch (error) {
      const unknown = error instanceof jose.errors.JWKSNoMatchingKey;
      if (!unknown || performance.now() - set.fetchedAt < UNKNOWN_KEY_MS[sender]) throw error;
      return (await this.fetch()).find(header, token);
    }
  }

  /** Concurrent callers share one request. */
  private fetch(): Promise<KeySet> {
    this.fetching ??= this.ask().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async ask(): Promise<KeySet> {
    const fetchedAt = performance.now();
    const find = await keysIn(await this.egress(this.url));
    return (this.known = { find, fetchedAt });
  }
}
