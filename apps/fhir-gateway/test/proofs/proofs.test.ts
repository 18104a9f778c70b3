import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ask, newProofKey, type ProofKey } from '@patient-access/testing';
import { NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

const PUBLIC = 'https://plan.example';
const AT_ONCE = 10;

describe('a token that is bound to a key', () => {
  let world: World;
  let key: ProofKey;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    key = await newProofKey();
  });
  beforeEach(() => {
    token = newToken(world, { cnf: { jkt: key.thumbprint } });
    world.owner.received.length = 0;
  });
  afterAll(() => world?.stop());

  const proof = (method = 'GET', path = 'Observation', by = key) =>
    by.prove(method, `${PUBLIC}${NORTHWIND_BASE}/${path}`, token);

  const call = (headers: Record<string, string | string[]>, path = 'Observation', method = 'GET') =>
    ask(world.url, `${NORTHWIND_BASE}/${path}`, {
      method,
      headers: { authorization: `DPoP ${token}`, ...headers },
    });

  async function expectRefused(headers: Record<string, string | string[]>, error: string): Promise<void> {
    const answer = await call(headers);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      `DPoP realm="patient-access", error="${error}", algs="ES256 Ed25519 EdDSA"`,
    );
    expect(JSON.parse(answer.text)).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(world.owner.received).toEqual([]);
  }

  it('S22: is accepted with a new proof for each request, whatever the query', async () => {
    for (const path of ['Observation', 'Observation?code=1', 'Observation/1'])
      expect((await call({ dpop: await proof('GET', path) }, path)).status).toBe(200);
    expect((await call({ dpop: await proof('HEAD') }, 'Observation', 'HEAD')).status).toBe(200);
    // The gateway does not pass the proof on.
    for (const { headers } of world.owner.received) expect(headers).not.toHaveProperty('dpop');
  });

  it('S22: is refused as a bearer token', async () => {
    await expectRefused({ authorization: `Bearer ${token}` }, 'invalid_token');
    await expectRefused({ authorization: `Bearer ${token}`, dpop: await proof() }, 'invalid_token');
  });

  it('S22: is refused without a proof, or with two', async () => {
    await expectRefused({}, 'invalid_dpop_proof');
    await expectRefused({ dpop: 'x.y.z' }, 'invalid_dpop_proof');
    await expectRefused({ dpop: [await proof(), await proof()] }, 'invalid_dpop_proof');
    await expectRefused({ dpop: await proof('POST') }, 'invalid_dpop_proof');
    await expectRefused({ dpop: await proof('GET', 'Patient') }, 'invalid_dpop_proof');
  });

  it('S22: is refused with a proof by another key', async () => {
    await expectRefused({ dpop: await proof('GET', 'Observation', await newProofKey()) }, 'invalid_token');
  });

  it('S22: is accepted once for each proof, even if ten requests send it at the same time', async () => {
    const dpop = await proof();
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => call({ dpop })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(AT_ONCE - 1);
    expect(world.owner.received).toHaveLength(1);
  });

  it('S22: is refused while auth-service cannot say whether a proof was used', async () => {
    const { handle } = world.auth;
    world.auth.handle = (request, response) =>
      request.url.endsWith('/dpop-proofs') ? response.writeHead(500).end() : handle(request, response);
    const answer = await call({ dpop: await proof() });
    world.auth.handle = handle;
    expect([answer.status, world.owner.received.length]).toEqual([503, 0]);
  });

  it('S22: is the only kind of token that the scheme DPoP accepts', async () => {
    const bearer = newToken(world);
    const answer = await call({ authorization: `DPoP ${bearer}`, dpop: await proof() });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token"/);
  });

  it('S23: cannot be bound to a certificate by a header', async () => {
    const spoofed = {
      'x-client-cert': 'MIIB',
      'x-forwarded-client-cert': 'Hash=0;Subject="CN=plan"',
      'x-ssl-client-verify': 'SUCCESS',
      'x-amzn-mtls-clientcert': 'MIIB',
      'ssl-client-cert': 'MIIB',
    };
    expect((await ask(world.url, `${NORTHWIND_BASE}/Observation`, { headers: spoofed })).status).toBe(401);
    expect((await call(spoofed)).status).toBe(401);
    const answer = await call({ ...spoofed, dpop: await proof() });
    expect(answer.status).toBe(200);
    for (const name of Object.keys(spoofed))
      expect(world.owner.received[0]?.headers).not.toHaveProperty(name);
  });
});
