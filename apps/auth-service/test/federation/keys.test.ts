import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as jose from 'jose';
import { setClockBack } from '@patient-access/testing';
import { configure } from '../configure.ts';
import { federation, type FederatedWorld, logInAtIdp, startFederatedWorld } from './world.ts';

const CONSENT = 'Share data with';
/** After the last request for keys. */
const ONE_SECOND_MS = 1_000;
/** The guide says it of a key that was withdrawn. */
const FIVE_MINUTES_MS = 5 * 60_000;

async function newKey(kid: string) {
  const { privateKey, publicKey } = await jose.generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await jose.exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  const sign = (claims: jose.JWTPayload) =>
    new jose.SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
  return { jwk, sign };
}

describe('the keys of the plan’s identity provider', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());
  afterEach(() => {
    jest.restoreAllMocks();
    all.idp.tamper = undefined;
  });

  const isLetIn = async () => (await logInAtIdp(all, 'u-frida')).page.html.includes(CONSENT);
  const signedBy = (sign: (claims: jose.JWTPayload) => Promise<string>) => {
    all.idp.tamper = async (told) => ({
      ...told,
      id_token: await sign(jose.decodeJwt(told['id_token'] as string)),
    });
  };

  it('are fetched at once when one is new, and one request serves all who wait', async () => {
    expect((await logInAtIdp(all, 'u-frida')).page.html).toContain(CONSENT);
    const { jwk, sign } = await newKey('rotated');
    all.idp.moreKeys = [jwk];
    signedBy(sign);
    await new Promise((done) => setTimeout(done, ONE_SECOND_MS));
    const before = all.idp.keyRequests;
    const pages = await Promise.all(Array.from({ length: 5 }, () => logInAtIdp(all, 'u-frida')));
    expect(pages.map(({ page }) => page.html.includes(CONSENT))).toEqual(Array(5).fill(true));
    expect(all.idp.keyRequests - before).toBe(1);
  });

  it('are good for five minutes after they were withdrawn, and no longer', async () => {
    const { jwk, sign } = await newKey('withdrawn');
    all.idp.moreKeys = [jwk];
    signedBy(sign);
    await new Promise((done) => setTimeout(done, ONE_SECOND_MS));
    expect(await isLetIn()).toBe(true);
    all.idp.moreKeys = [];
    expect(await isLetIn()).toBe(true);
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + FIVE_MINUTES_MS);
    expect(await isLetIn()).toBe(false);
    all.idp.tamper = undefined;
    expect(await isLetIn()).toBe(true);
  });

  it('are those of its metadata an hour ago at most, also when the clock is set back', async () => {
    expect(await isLetIn()).toBe(true);
    const before = all.idp.metadataRequests;
    const mend = setClockBack(3_600_000);
    expect(await isLetIn().finally(mend)).toBe(true);
    expect(all.idp.metadataRequests).toBe(before + 1);
  });

  it('are not asked for again and again by tokens of an unknown key', async () => {
    const { sign } = await newKey('nobody’s');
    signedBy(sign);
    const before = all.idp.keyRequests;
    const pages = await Promise.all(Array.from({ length: 8 }, () => logInAtIdp(all, 'u-frida')));
    expect(pages.some(({ page }) => page.html.includes(CONSENT))).toBe(false);
    expect(all.idp.keyRequests - before).toBeLessThanOrEqual(3);
  });

  it('may be of Ed25519, whose algorithm has two names (RFC 9864)', async () => {
    const { privateKey, publicKey } = await jose.generateKeyPair('EdDSA', { extractable: true });
    all.idp.moreKeys = [{ ...(await jose.exportJWK(publicKey)), kid: 'ed', use: 'sig' }];
    await configure(all.world, {
      nativeApps: true,
      passwordLogin: false,
      federation: { ...federation(all.idp), idTokenAlg: 'EdDSA' },
    });
    for (const alg of ['EdDSA', 'Ed25519']) {
      const header = { alg, kid: 'ed' };
      signedBy((claims) => new jose.SignJWT(claims).setProtectedHeader(header).sign(privateKey));
      expect([alg, await isLetIn()]).toEqual([alg, true]);
    }
  });
});
