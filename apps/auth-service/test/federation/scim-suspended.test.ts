import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { administer } from '../administration.ts';
import { configure } from '../configure.ts';
import { federation, type FederatedWorld, startFederatedWorld } from './world.ts';

const SCIM_TOKEN = 'a token of forty characters for the tests';

describe('SCIM 2.0 of a plan that is suspended', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
    await configure(all.world, { federation: { ...federation(all.idp), scimToken: SCIM_TOKEN } });
  }, 60_000);
  afterAll(() => all?.stop());

  const set = async (act: 'suspend' | 'resume') => {
    expect((await administer(all.world, 'POST', `northwind/${act}`)).status).toBe(204);
    await all.world.heard();
  };
  const remove = (token: string, scheme = 'Bearer') =>
    fetch(`${all.world.url}/auth/northwind/scim/v2/Users/${randomUUID()}`, {
      method: 'DELETE',
      headers: { authorization: `${scheme} ${token}` },
    });

  it('O91: is for later, and does not say that the token of the plan is wrong', async () => {
    await set('suspend');
    const later = await remove(SCIM_TOKEN);
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '300']);
    expect(later.headers.get('content-type')).toContain('application/scim+json');
    expect(await later.json()).toMatchObject({ status: '503', detail: expect.stringContaining('suspended') });
    expect((await remove('wrong')).status).toBe(401);
    await set('resume');
    for (const scheme of ['Bearer', 'bearer']) expect((await remove(SCIM_TOKEN, scheme)).status).toBe(404);
  });
});
