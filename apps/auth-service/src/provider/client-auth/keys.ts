/** Which of a client's keys an assertion is checked with (SMART App Launch, "Client Authentication: Asymmetric"). */
import type { JWK } from 'jose';
import type { Client } from 'oidc-provider';
import type { JwksCache } from '../../egress/jwks-cache.ts';

/** What the header of an assertion asks for. */
interface Asked {
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
function keyFor(keys: readonly JWK[], { alg, kid }: Asked): JWK[] {
  if (typeof kid !== 'string') return [];
  const matching = keys.filter((key) => key.kid === kid && key.kty === KEY_TYPES[alg as Algorithm]);
  return matching.length === 1 ? matching.filter((key) => verifies(key, alg)) : [];
}

/**
 * The keys of a `jwks_uri` as the engine's signature check asks for them, for one assertion: none at first, so that it
 * comes to `refresh`, and then those that the cache vouches for.
 */
class PublishedKeys {
  private readonly load: (kid: string) => Promise<readonly JWK[]>;
  private asked?: Asked;
  private loaded?: readonly JWK[];

  constructor(load: (kid: string) => Promise<readonly JWK[]>) {
    this.load = load;
  }

  fresh(): boolean {
    return this.loaded !== undefined;
  }

  selectForVerify(asked: Asked): JWK[] {
    this.asked = asked;
    return keyFor(this.loaded ?? [], asked);
  }

  async refresh(): Promise<void> {
    const kid = this.asked?.kid;
    this.loaded = typeof kid === 'string' ? await this.load(kid) : [];
  }

  getKeyObject(key: JWK): JWK {
    return key;
  }
}

type WithKeys = Client & {
  jwks?: { keys: JWK[] };
  jwksUri?: string;
  asymmetricKeyStore: Pick<PublishedKeys, 'selectForVerify'>;
};

/**
 * Makes the engine find a client's keys by the rule above. Its own key store takes any key when there is no `kid`,
 * keeps a fetched set for a minute against its publisher's word, and does not ask again for as long as a key in it
 * verifies.
 */
export function bindKeys(client: Client, cache: JwksCache): void {
  const { jwks, jwksUri } = client as WithKeys;
  if (jwks) (client as WithKeys).asymmetricKeyStore.selectForVerify = (asked) => keyFor(jwks.keys, asked);
  if (jwksUri === undefined) return;
  Object.defineProperty(client, 'asymmetricKeyStore', {
    configurable: true,
    get: () => new PublishedKeys((kid) => cache.keys(jwksUri, kid)),
  });
}
