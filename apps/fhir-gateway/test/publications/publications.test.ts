/** What plans publish for everybody, at the public host. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { subscriberNetworkOf } from '../../src/quotas/subscriber-network.ts';
import { FORMULARY_BASE, newToken, NORTHWIND_BASE, ORIGIN, startWorld, type World } from '../world.ts';

const DIRECTORY_BASE = FORMULARY_BASE.replace('formulary', 'provider-directory');
const PER_MINUTE = 40;

let world: World;
beforeAll(async () => {
  world = await startWorld({ QUOTA_PUBLISHED: String(PER_MINUTE), TRUSTED_PROXIES: '127.0.0.1' });
});
afterAll(() => world?.stop());

let addresses = 0;
/** From an address of its own, so that no test uses up the limit of another. */
const read = (path: string, headers: Record<string, string> = {}, base = FORMULARY_BASE) =>
  ask(world.url, `${base}/${path}`, {
    headers: { 'x-forwarded-for': `198.51.100.${(addresses += 1)}`, ...headers },
  });

const claimsAtOwner = () => {
  const [, payload = ''] = String(world.owner.received.at(-1)?.headers.authorization).split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { token_introspection: object })
    .token_introspection;
};

describe('a publication', () => {
  it('is read without a token, as everybody, at the tenant of the publication', async () => {
    const { status } = await read('Basic?code=formulary-item');
    expect(status).toBe(200);
    expect(world.owner.received.at(-1)?.url).toBe('/northwind~formulary/Basic?code=formulary-item');
    expect(claimsAtOwner()).toMatchObject({ tenant: 'northwind~formulary', sub: 'everybody' });
  });

  it('is read as everybody whatever the request says of its caller', async () => {
    const callers: Record<string, string>[] = [
      { authorization: `Bearer ${newToken(world)}` },
      { authorization: 'Bearer nonsense' },
      { cookie: 'session=member' },
      { dpop: 'x' },
    ];
    for (const headers of callers) {
      expect((await read('InsurancePlan', headers)).status).toBe(200);
      expect(claimsAtOwner()).toMatchObject({ sub: 'everybody' });
    }
    expect(world.auth.received.some(({ url }) => url.endsWith('/introspection'))).toBe(false);
  });

  it('is nothing where the plan publishes none, or there is no such plan', async () => {
    const before = world.owner.received.length;
    const nowhere = FORMULARY_BASE.replace('northwind', 'nowhere');
    for (const base of [DIRECTORY_BASE, nowhere, `${FORMULARY_BASE}~formulary`])
      for (const path of ['metadata', 'InsurancePlan', 'Patient/anna'])
        expect([base, path, (await read(path, {}, base)).status]).toEqual([base, path, 404]);
    expect(world.owner.received.length).toBe(before);
  });

  it('does not open its tenant to a token at the base of members', async () => {
    const base = NORTHWIND_BASE.replace('northwind', 'northwind~formulary');
    const { status } = await read('Basic', { authorization: `Bearer ${newToken(world)}` }, base);
    expect(status).toBe(404);
  });

  it('is read by pages of any origin, without cookies', async () => {
    const { headers } = await read('Basic', { origin: 'https://anybody.example' });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['set-cookie']).toBeUndefined();
    // A cache may give the answer to a program, which has no origin, to a page.
    expect((await read('Basic')).headers['access-control-allow-origin']).toBe('*');
    const preflight = await ask(world.url, `${FORMULARY_BASE}/Basic`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'GET' },
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
  });

  it('says what it offers: the types of the guide, and no login', async () => {
    const { status, text } = await read('metadata');
    const statement = JSON.parse(text) as { rest: { security: object; resource: { type: string }[] }[] };
    expect(status).toBe(200);
    expect(statement).toMatchObject({
      instantiates: ['http://hl7.org/fhir/us/davinci-drug-formulary/CapabilityStatement/usdf-server'],
      implementation: { url: `https://plan.example${FORMULARY_BASE}` },
    });
    const [rest] = statement.rest;
    expect(rest?.security).not.toHaveProperty('service');
    expect(rest?.resource.map(({ type }) => type)).toEqual([
      'Basic',
      'InsurancePlan',
      'Location',
      'MedicationKnowledge',
    ]);
    expect(text).not.toMatch(/"Patient"|"Coverage:/);
  });

  it('is not passed on in a way that only the gateway may ask', async () => {
    const answer = await ask(world.url, `${FORMULARY_BASE}/$related`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(404);
  });
});

describe('the limit of an address', () => {
  it('refuses who asks too often, says for how long, and lets others in', async () => {
    const greedy = { 'x-forwarded-for': '203.0.113.5' };
    const statuses: number[] = [];
    for (let times = 0; times <= PER_MINUTE; times += 1) statuses.push((await read('Basic', greedy)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(PER_MINUTE);
    const refused = await read('Basic', greedy);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await read('Basic')).status).toBe(200);
  });

  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['1:2::4:5:6:7:8', '1:2:0:4'],
    ['::1', '0:0:0:0'],
  ])('takes %s for the network %s', (address, network) => {
    expect(subscriberNetworkOf(address)).toBe(network);
  });
});
