import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestOptions } from '@patient-access/testing';
import { ask } from '@patient-access/testing';
import { NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

describe('a token', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
  });
  beforeEach(() => {
    token = newToken(world);
    world.owner.received.length = 0;
  });
  afterAll(() => world?.stop());

  async function statusOf(path: string, question: RequestOptions = {}) {
    const answer = await ask(world.url, `${NORTHWIND_BASE}/${path}`, question);
    if (answer.status !== 200) {
      expect(JSON.parse(answer.text)).toMatchObject({ resourceType: 'OperationOutcome' });
      expect(world.owner.received).toEqual([]);
      expect(answer.text + JSON.stringify(answer.headers)).not.toContain(token);
    }
    return answer.status;
  }

  it('S18: is accepted in the Authorization header', async () => {
    expect(await statusOf('Observation', { headers: { authorization: `Bearer ${token}` } })).toBe(200);
    expect(await statusOf('Observation', { headers: { authorization: `bearer ${token}` } })).toBe(200);
  });

  it.each<[string, (token: string) => string | string[]]>([
    ['nothing', () => ''],
    ['no scheme', (given) => given],
    ['another scheme', (given) => `Basic ${given}`],
    ['DPoP', (given) => `DPoP ${given}`],
    ['a tab', (given) => `Bearer\t${given}`],
    ['two blanks', (given) => `Bearer  ${given}`],
    ['something behind it', (given) => `Bearer ${given} x`],
    ['a comma behind it', (given) => `Bearer ${given},`],
    ['two in one', (given) => `Bearer ${given}, Bearer ${given}`],
    ['two headers', (given) => [`Bearer ${given}`, `Bearer ${given}`]],
    ['two headers, the second being wrong', (given) => [`Bearer ${given}`, 'Bearer 0123456789abcdef0123']],
    ['64 KiB', (given) => `Bearer ${given.repeat(200)}`],
    ['quotes', (given) => `Bearer "${given}"`],
  ])('S18: with %s is refused with 400 or 401', async (_what, authorization) => {
    expect([400, 401]).toContain(
      await statusOf('Observation', { headers: { authorization: authorization(token) } }),
    );
  });

  it.each(['access_token', 'access%5Ftoken', '%61ccess_token'])(
    'S18: in the query, as %s, is refused',
    async (name) => {
      expect([400, 401]).toContain(await statusOf(`Observation?${name}=${token}`));
      expect([400, 401]).toContain(await statusOf(`Observation/1?x=1&${name}=${token}`));
      const headers = { authorization: `Bearer ${token}` };
      expect(await statusOf(`Observation?${name}=${token}`, { headers })).toBe(400);
    },
  );

  it('S18: in a form is refused, also beside one in the header', async () => {
    const question = (headers: Record<string, string>) => ({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: `code=x&access_token=${token}`,
    });
    expect([400, 401]).toContain(await statusOf('Observation/_search', question({})));
    expect(await statusOf('Observation/_search', question({ authorization: `Bearer ${token}` }))).toBe(400);
  });

  it.each([
    ['unknown', () => 'never-issued-0123456789'],
    ['of another tenant', () => newToken(world, { tenant: 'lakeside' })],
    [
      'meant for another FHIR base',
      () => newToken(world, { aud: 'https://plan.example/payer/patient-access/v2/lakeside' }),
    ],
    ['expired', () => newToken(world, { exp: Math.floor(Date.now() / 1000) - 1 })],
    ['without a grant', () => newToken(world, { grant_id: undefined })],
    ['for two members', () => newToken(world, { patient: ['a', 'b'] as unknown as string })],
  ])('SMART 91: that is %s is refused with 401 and the error invalid_token', async (_what, make) => {
    const headers = { authorization: `Bearer ${make()}` };
    const answer = await ask(world.url, `${NORTHWIND_BASE}/Observation`, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(world.owner.received).toEqual([]);
  });

  it('that is missing is answered with a challenge without an error code (RFC 6750 section 3.1)', async () => {
    const answer = await ask(world.url, `${NORTHWIND_BASE}/Observation`);
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="patient-access", DPoP realm="patient-access", algs="ES256 Ed25519 EdDSA"',
    ]);
  });
});
