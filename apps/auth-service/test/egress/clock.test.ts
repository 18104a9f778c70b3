/** What the caches of others' keys make of a clock that is set back, as when somebody mends one that was ahead. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setClockBack } from '@patient-access/testing';
import * as jose from 'jose';
import { createEgress } from '../../src/egress/egress.ts';
import { JwksCache } from '../../src/egress/jwks-cache.ts';
import { ProviderKeys } from '../../src/egress/provider-keys.ts';
import { newKey, startKeyServer } from '../keys.ts';

const HALF_A_MINUTE_MS = 30_000;
const FIVE_MINUTES_MS = 300_000;
const TEN_MINUTES_MS = 600_000;

describe('while the clock is set back by an hour', () => {
  const opened = startKeyServer();
  const egress = createEgress({ loopback: true });
  let mend: () => void = () => undefined;
  beforeEach(async () => {
    const server = await opened;
    Object.assign(server, { requests: [], keys: [], headers: { 'cache-control': 'max-age=600' } });
  });
  afterEach(() => mend());
  afterAll(async () => (await opened).stop());

  const kids = (keys: readonly jose.JWK[]) => keys.map(({ kid }) => kid);

  it('a key that a client has withdrawn is good for ten minutes, and no longer', async () => {
    const server = await opened;
    const cache = new JwksCache(egress, () => undefined);
    server.keys = [(await newKey('ES384', 'old')).jwk];
    expect(kids(await cache.keys(server.url, 'old'))).toEqual(['old']);
    server.keys = [];
    mend = setClockBack(TEN_MINUTES_MS);
    expect(await cache.keys(server.url, 'old')).toEqual([]);
  });

  it('a new key of a client is fetched after half a minute', async () => {
    const server = await opened;
    const cache = new JwksCache(egress, () => undefined);
    await cache.keys(server.url, 'new');
    server.keys = [(await newKey('ES384', 'new')).jwk];
    mend = setClockBack(HALF_A_MINUTE_MS);
    expect(kids(await cache.keys(server.url, 'new'))).toEqual(['new']);
  });

  it('so are the keys of the plan’s identity provider, after five minutes and at the next login', async () => {
    const server = await opened;
    const keys = new ProviderKeys(egress, server.url);
    const [old, next] = [await newKey('ES384', 'old'), await newKey('ES384', 'next')];
    const signed = ({ alg, kid, privateKey }: typeof old) =>
      new jose.SignJWT({}).setProtectedHeader({ alg, kid }).sign(privateKey);
    const tokens = [await signed(old), await signed(next)] as const;
    const isGood = (token: string) =>
      keys.verify(token, {}, 'login').then(
        () => true,
        () => false,
      );
    server.keys = [old.jwk];
    expect(await isGood(tokens[0])).toBe(true);
    server.keys = [old.jwk, next.jwk];
    mend = setClockBack(HALF_A_MINUTE_MS);
    expect(await isGood(tokens[1])).toBe(true);
    mend();
    server.keys = [next.jwk];
    mend = setClockBack(HALF_A_MINUTE_MS + FIVE_MINUTES_MS);
    expect(await isGood(tokens[0])).toBe(false);
  });
});
