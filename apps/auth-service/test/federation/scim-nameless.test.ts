import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configure } from '../configure.ts';
import { federation, type FederatedWorld, startFederatedWorld } from './world.ts';

const SCIM_TOKEN = 'a token of forty characters for the tests';

describe('SCIM 2.0 of a user of whom nothing says who the person is', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
    await configure(all.world, { federation: { ...federation(all.idp), scimToken: SCIM_TOKEN } });
  }, 60_000);
  afterAll(() => all?.stop());

  async function scim(method: string, path: string, body?: object) {
    const response = await fetch(`${all.world.url}/auth/northwind/scim/v2/${path}`, {
      method,
      headers: { authorization: `Bearer ${SCIM_TOKEN}`, 'content-type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
  }

  it('O91: does not say that she is ended, and keeps her active until the provider says who she is', async () => {
    const user = { userName: 'nameless@plan.example' };
    const detail = expect.stringContaining('externalId');
    const refused = { status: 400, body: { scimType: 'invalidValue', detail } };
    expect(await scim('POST', 'Users', { ...user, active: false })).toMatchObject(refused);
    const made = await scim('POST', 'Users', user);
    expect(made.status).toBe(201);
    const path = `Users/${String(made.body['id'])}`;
    const ending = { op: 'replace', path: 'active', value: false };
    expect(await scim('PATCH', path, { Operations: [ending] })).toMatchObject(refused);
    expect((await scim('GET', path)).body['active']).toBe(true);
    const naming = { op: 'replace', path: 'externalId', value: 'u-nameless' };
    expect((await scim('PATCH', path, { Operations: [naming, ending] })).body['active']).toBe(false);
    expect((await scim('DELETE', path)).status).toBe(204);
  });
});
