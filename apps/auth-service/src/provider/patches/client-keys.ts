/**
 * Patch of `Client.find`: the key store of every client that is found is replaced.
 *
 * Why: the key store of oidc-provider takes any key when an assertion names none, keeps a fetched key set for a minute
 * although its publisher said `no-store`, and does not fetch again while a key in it still verifies. Here exactly one
 * key fits an assertion, by `kid` and `kty`, and key sets come from our own cache (ADR 10).
 * Upstream would have to offer: a function that returns the keys of a client for the header of an assertion.
 */
import type { JWK } from 'jose';
import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import type { JwksCache } from '../../egress/jwks-cache.ts';
import { type KeyHeader, keyFor } from '../client-auth/keys.ts';

/**
 * The keys of a `jwks_uri` in the form in which oidc-provider verifies one assertion. There is no key at first, so
 * that oidc-provider calls `refresh`; after that there are the keys of the cache.
 */
class PublishedKeys {
  private readonly load: (kid: string) => Promise<readonly JWK[]>;
  private header?: KeyHeader;
  private loaded?: readonly JWK[];

  constructor(load: (kid: string) => Promise<readonly JWK[]>) {
    this.load = load;
  }

  fresh(): boolean {
    return this.loaded !== undefined;
  }

  selectForVerify(header: KeyHeader): JWK[] {
    this.header = header;
    return keyFor(this.loaded ?? [], header);
  }

  async refresh(): Promise<void> {
    const kid = this.header?.kid;
    this.loaded = typeof kid === 'string' ? await this.load(kid) : [];
  }

  getKeyObject(key: JWK): JWK {
    return key;
  }
}

type ClientWithKeys = Client & {
  jwks?: { keys: JWK[] };
  jwksUri?: string;
  asymmetricKeyStore: Pick<PublishedKeys, 'selectForVerify'>;
};

function replaceKeyStore(client: ClientWithKeys, cache: JwksCache): void {
  const { jwks, jwksUri } = client;
  if (jwks) client.asymmetricKeyStore.selectForVerify = (header) => keyFor(jwks.keys, header);
  if (jwksUri === undefined) return;
  Object.defineProperty(client, 'asymmetricKeyStore', {
    configurable: true,
    get: () => new PublishedKeys((kid) => cache.keys(jwksUri, kid)),
  });
}

export function findClientKeys(provider: Provider, cache: JwksCache): void {
  const { Client } = provider;
  const find = Client.find.bind(Client);
  Client.find = async (id) => {
    const client = await find(id);
    if (client) replaceKeyStore(client as ClientWithKeys, cache);
    return client;
  };
}
