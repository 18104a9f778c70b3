import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEgress } from '../../src/egress/egress.ts';
import { JwksCache } from '../../src/egress/jwks-cache.ts';
import { type KeyServer, startKeyServer } from '../keys.ts';

/** One key, and many small ones: about 60 kB, as much as one answer may be. */
const KEYS = [{ kty: 'EC', kid: 'one' }, ...Array.from({ length: 5_000 }, () => ({ kty: 'EC' }))];

describe('the cache of key sets that clients publish', () => {
  let server: KeyServer;
  beforeAll(async () => {
    server = await startKeyServer();
    server.keys = KEYS;
    server.headers = { 'cache-control': 'max-age=600' };
  });
  afterAll(() => server?.stop());

  it('keeps some megabytes of a plan, so that strangers who publish large sets take no more', async () => {
    const failures: unknown[] = [];
    const cache = new JwksCache(createEgress({ loopback: true }), (_, error) => failures.push(error));
    const keysAt = (client: number) => cache.keys(`${server.url}?client=${client}`, 'one');
    for (let client = 0; client < 100; client += 1) await keysAt(client);
    expect([server.requests.length, failures]).toEqual([100, []]);
    expect([await keysAt(99), server.requests.length]).toEqual([KEYS, 100]);
    await keysAt(0);
    expect(server.requests.length).toBe(101);
  });
});
