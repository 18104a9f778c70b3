import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'undici';
import { AuthClient } from '../../src/auth-client/auth-client.ts';
import { IntrospectionCache } from '../../src/identity/introspection-cache.ts';
import { newToken, startWorld, type World } from '../world.ts';

/** A JWT with it has 1.3 million characters: 2.7 MB of the heap, with the claims in it. */
const SCOPE = 'patient/*.rs '.repeat(77_000).trim();

describe('answers about tokens', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = new Pool(world.auth.url);
  });
  afterAll(async () => {
    await pool?.close();
    await world?.stop();
  });

  it('are kept as far as there is room for them, and the newest ones stay', async () => {
    const { GATEWAY_CLIENT_SECRET = '', PUBLIC_URL = '' } = world.environment;
    const cache = new IntrospectionCache(new AuthClient(pool, GATEWAY_CLIENT_SECRET, 1), PUBLIC_URL);
    const use = { requestId: 'r', address: '203.0.113.1', line: 'GET /', onRecorded: () => undefined };
    const ask = async (token: string) => {
      expect((await cache.introspect('northwind', token, use)).claims.scope).toBe(SCOPE);
      return cache.knows('northwind', token);
    };
    const tokens = Array.from({ length: 20 }, () => newToken(world, { scope: SCOPE }));
    const known: boolean[] = [];
    for (const token of tokens) known.push(await ask(token));
    expect(known).toEqual(Array(20).fill(true));
    expect(cache.knows('northwind', tokens[0] as string)).toBe(false);
  });
});
