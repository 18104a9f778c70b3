import { afterAll, describe, expect, it } from '@jest/globals';
import { decideUniqueUse } from '../../src/provider/patches/unique-use.ts';
import { KeyHolder, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of ReplayDetection.unique', () => {
  const service = new KeyHolder();
  const EXPIRES = Math.floor(Date.now() / 1000) + 60;

  it('replaces a static method, which takes issuer, jti and expiry', async () => {
    const { provider } = await upstreams.start();
    const { value } = Object.getOwnPropertyDescriptor(provider.ReplayDetection, 'unique') ?? {};
    expect(value).toHaveLength(3);
  });

  it('is needed: upstream accepts both of two concurrent uses as the first', async () => {
    const { ReplayDetection } = (await upstreams.start()).provider;
    const unique = () => ReplayDetection.unique('service', 'jti', EXPIRES);
    expect(await Promise.all([unique(), unique()])).toEqual([true, true]);
    expect(await unique()).toBe(false);
  });

  it('decides about each assertion, and upstream refuses it when the answer is false', async () => {
    const { jwk } = service;
    const upstream = await upstreams.start({
      clockTolerance: 5,
      features: { clientCredentials: { enabled: true } },
      clients: [service.metadata({ jwks: { keys: [jwk] } })],
    });
    const asked: [string, number][] = [];
    const decisions = [true, false];
    decideUniqueUse(upstream.provider, async (issuer, _jti, expires) => {
      asked.push([issuer, Math.round((expires - Date.now() / 1000) / 10) * 10]);
      return decisions.shift() ?? false;
    });
    expect((await service.authenticate(upstream, 'one')).status).toBe(200);
    expect((await service.authenticate(upstream, 'one')).status).toBe(401);
    expect(asked.map(([issuer]) => issuer)).toEqual(['service', 'service']);
    // The minute of the assertion, with or without the tolerance for clocks.
    for (const [, seconds] of asked) expect([60, 70]).toContain(seconds);
  });
});
