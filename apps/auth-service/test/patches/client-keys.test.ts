import { afterAll, describe, expect, it } from '@jest/globals';
import { JwksCache } from '../../src/egress/jwks-cache.ts';
import { findClientKeys } from '../../src/provider/patches/client-keys.ts';
import { KeyHolder, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of the key stores of clients', () => {
  const service = new KeyHolder();
  const features = { clientCredentials: { enabled: true } };
  const withJwks = {
    features,
    clients: [service.metadata({ jwks: { keys: [service.jwk] } })],
  };
  const JWKS_URI = 'https://service.example/jwks';

  /** A server for a key set that must not be stored, which counts how often the set was fetched. */
  function publish() {
    let times = 0;
    const fetchKeys = async () => {
      times += 1;
      return Response.json({ keys: [service.jwk] }, { headers: { 'cache-control': 'no-store' } });
    };
    const clients = [service.metadata({ jwks_uri: JWKS_URI })];
    return { fetchKeys, times: () => times, configuration: { features, clients, fetch: fetchKeys } };
  }
  const unused = new JwksCache(
    () => Promise.reject(new Error('nothing is to be fetched')),
    () => undefined,
  );

  it('replaces a property of each client, which is a store with selectForVerify or a getter that makes one', async () => {
    const { provider } = await upstreams.start(withJwks);
    const stored = Object.getOwnPropertyDescriptor(
      await provider.Client.find('service'),
      'asymmetricKeyStore',
    );
    expect(stored?.value.selectForVerify({ alg: 'ES256', kid: 'one' })).toEqual([service.jwk]);
    const { configuration } = publish();
    const published = await upstreams.start(configuration);
    const client = await published.provider.Client.find('service');
    expect(Object.getOwnPropertyDescriptor(client, 'asymmetricKeyStore')).toMatchObject({
      configurable: true,
    });
  });

  it('is needed: upstream tries any key when an assertion names none', async () => {
    expect((await service.authenticate(await upstreams.start(withJwks), undefined)).status).toBe(200);
  });

  it('uses only the key that an assertion names', async () => {
    const upstream = await upstreams.start(withJwks);
    findClientKeys(upstream.provider, unused);
    expect((await service.authenticate(upstream, undefined)).status).toBe(401);
    expect((await service.authenticate(upstream, 'another')).status).toBe(401);
    expect((await service.authenticate(upstream, 'one')).status).toBe(200);
  });

  it('is needed: upstream keeps a fetched key set for a minute, even with no-store', async () => {
    const { configuration, times } = publish();
    const upstream = await upstreams.start(configuration);
    for (const kid of ['one', 'one']) expect((await service.authenticate(upstream, kid)).status).toBe(200);
    expect(times()).toBe(1);
  });

  it('asks the cache for the keys of each assertion', async () => {
    const { configuration, fetchKeys, times } = publish();
    const upstream = await upstreams.start(configuration);
    findClientKeys(upstream.provider, new JwksCache(fetchKeys as never, () => undefined));
    for (const kid of ['one', 'one']) expect((await service.authenticate(upstream, kid)).status).toBe(200);
    expect(times()).toBe(2);
  });
});
