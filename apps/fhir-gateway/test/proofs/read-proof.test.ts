import { describe, expect, it } from '@jest/globals';
import { PROOF_ALGORITHMS, PROOF_WINDOW_SECONDS, readProof } from '@patient-access/smart';
import { newProofKey, type ProofChange, type ProofKey } from '@patient-access/testing';
import * as jose from 'jose';

const URL = 'https://plan.example/payer/patient-access/v2/northwind/Observation';
const TOKEN = 'an-opaque-access-token';

const asked = () => ({ method: 'GET', url: `${URL}?code=1`, token: TOKEN, now: Date.now() });
const now = () => Math.floor(Date.now() / 1000);

describe('a proof of possession', () => {
  const proofOf = async (key: ProofKey, change: ProofChange = {}) => key.prove('GET', URL, TOKEN, change);

  it.each([...PROOF_ALGORITHMS])('S22: with %s yields the thumbprint of its key and its jti', async (alg) => {
    const key = await newProofKey(alg);
    const claims = { jti: 'the first' };
    expect(await readProof(await proofOf(key, { claims }), asked())).toEqual({
      jkt: key.thumbprint,
      jti: 'the first',
    });
  });

  it('S22: is for a path, however the path is written, with any query', async () => {
    const key = await newProofKey();
    for (const htu of [URL, `${URL}?other=1#x`, URL.replace('plan.example', 'PLAN.example:443')])
      expect(await readProof(await proofOf(key, { claims: { htu } }), asked())).toHaveProperty('jkt');
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another method', { htm: 'POST' }],
    ['of a method in lower case', { htm: 'get' }],
    ['of no method', { htm: undefined }],
    ['of another path', { htu: `${URL}/1` }],
    ['of another host', { htu: URL.replace('plan', 'evil') }],
    ['of another scheme', { htu: URL.replace('https', 'http') }],
    ['with a text that is not a URL', { htu: 'Observation' }],
    ['without a URL', { htu: undefined }],
    ['of another token', { ath: 'x'.repeat(43) }],
    ['of no token', { ath: undefined }],
    ['without a jti', { jti: undefined }],
    ['with an empty jti', { jti: '' }],
    ['with a jti that is not a text', { jti: 7 }],
    ['with a jti that is too long', { jti: 'x'.repeat(257) }],
    ['without a time', { iat: undefined }],
    ['that is too old', { iat: now() - PROOF_WINDOW_SECONDS - 5 }],
    ['from the future', { iat: now() + PROOF_WINDOW_SECONDS + 5 }],
    ['that has expired', { exp: now() - 1 }],
  ])('S22: %s is refused', async (_what, claims) => {
    expect(await readProof(await proofOf(await newProofKey(), { claims }), asked())).toEqual(
      expect.any(String),
    );
  });

  it('S22: is refused when it is signed by another key than the one it shows, by a secret or not at all, and when it holds a private key', async () => {
    const key = await newProofKey();
    const other = await newProofKey();
    expect(await readProof(await proofOf(key, { privateKey: other.privateKey }), asked())).toEqual(
      expect.any(String),
    );
    const secret = await jose.exportJWK(key.privateKey);
    expect(await readProof(await proofOf(key, { header: { jwk: secret } }), asked())).toEqual(
      expect.any(String),
    );
    for (const header of [{ jwk: undefined }, { typ: 'JWT' }, { typ: undefined }])
      expect(await readProof(await proofOf(key, { header }), asked())).toEqual(expect.any(String));
    const good = await proofOf(key);
    const [, payload] = good.split('.');
    const none = `${jose.base64url.encode(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk }))}.${payload}.`;
    const octets = { kty: 'oct', k: 'c2VjcmV0' };
    const symmetric = await new jose.SignJWT(jose.decodeJwt(good))
      .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: octets })
      .sign(Buffer.from('c'.repeat(32)));
    for (const text of [none, symmetric, '', 'x', 'a.b.c', `${good}, ${good}`, `${good}${'x'.repeat(5_000)}`])
      expect(await readProof(text, asked())).toEqual(expect.any(String));
  });
});
