import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { introspect, registerApp, type RegisteredApp, renewals } from '../app.ts';
import { plantAccessToken } from '../plant.ts';
import { startWorld, type World } from '../world.ts';
import { refreshed, tokensOf, toSandbox, treatment, type Tokens } from './world.ts';

describe('a fault in the sandbox', () => {
  let world: World;
  let app: RegisteredApp;
  let tokens: Tokens;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 90_000);
  afterAll(() => world?.stop());
  beforeEach(async () => {
    tokens = await tokensOf(world, app);
  });

  it('throttles: introspection reports it, and a refresh is refused and succeeds later', async () => {
    const other = await tokensOf(world, app);
    const { status, body } = await toSandbox(world, 'throttle', tokens.access, { seconds: '120' });
    expect([status, Date.parse(String(body['throttled_until'])) > Date.now()]).toEqual([200, true]);
    const { retry_after: wait } = (await treatment(world, tokens.access)) as { retry_after: number };
    expect([wait > 100, wait <= 120]).toEqual([true, true]);
    const refused = await refreshed(world, app, tokens);
    expect([refused.status, refused.body['error']]).toEqual([429, 'temporarily_unavailable']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(100);
    expect(await treatment(world, other.access)).toBeUndefined();
    expect((await toSandbox(world, 'throttle', tokens.access, {}, { method: 'DELETE' })).status).toBe(200);
    expect(await treatment(world, tokens.access)).toBeUndefined();
    expect((await refreshed(world, app, tokens)).status).toBe(200);
  });

  it('throttles by count: each refusal is counted, at the gateway and at the token endpoint', async () => {
    await toSandbox(world, 'throttle', tokens.access, { count: '3' });
    // No request comes with a renewal, so it is refused and counts nothing.
    expect(await renewals(world, [tokens.access])).toEqual([null]);
    expect(await treatment(world, tokens.access)).toEqual({ retry_after: 1 });
    expect((await refreshed(world, app, tokens)).status).toBe(429);
    expect(await treatment(world, tokens.access)).toEqual({ retry_after: 1 });
    expect(await treatment(world, tokens.access)).toBeUndefined();
    expect((await refreshed(world, app, tokens)).status).toBe(200);
  });

  it('throttles by count: exactly this number of concurrent requests is refused', async () => {
    await toSandbox(world, 'throttle', tokens.access, { count: '4' });
    const asked = await Promise.all(Array.from({ length: 10 }, () => treatment(world, tokens.access)));
    expect(asked.filter(Boolean)).toHaveLength(4);
  });

  it('slows down, also a token from a refresh, until it is cleared', async () => {
    const { body } = await toSandbox(world, 'slow', tokens.access, { milliseconds: '1500', seconds: '90' });
    expect(body).toEqual({ slow_until: expect.any(String), milliseconds: 1500 });
    const until = Date.parse(String(body['slow_until'])) / 1000;
    const again = await refreshed(world, app, tokens);
    expect(again.status).toBe(200);
    const access = String(again.body['access_token']);
    for (const token of [tokens.access, access])
      expect(await treatment(world, token)).toEqual({ slow_ms: 1500, slow_until: expect.closeTo(until, 1) });
    expect((await toSandbox(world, 'clear', access)).status).toBe(200);
    expect(await treatment(world, access)).toBeUndefined();
  });

  it('ends at its time', async () => {
    await toSandbox(world, 'throttle', tokens.access, { seconds: '600' });
    await world.db.query("UPDATE sandbox_fault SET expires_at = now() - interval '1 second'");
    expect(await treatment(world, tokens.access)).toBeUndefined();
  });

  it('does not exist on a production tenant: neither its path nor its claim, whatever the database says', async () => {
    // An app that the plan registered, because a production tenant has no open registration.
    const production = { ...app, tenant: 'strict' };
    const client = "UPDATE client SET tenant = 'strict' WHERE tenant = 'northwind' AND id = $1";
    const account = `INSERT INTO account (tenant, sub, login) SELECT 'strict', sub, login FROM account
                      WHERE tenant = 'northwind' AND login = 'maria.many'`;
    await world.db.query(client, [app.client_id]);
    const relation = `INSERT INTO account_member (tenant, sub, patient, relationship, name, position)
                      SELECT 'strict', sub, patient, relationship, name, position FROM account_member
                       WHERE tenant = 'northwind' AND patient = 'maria' AND relationship = 'self'`;
    await world.db.query(account);
    await world.db.query(relation);
    const access = await plantAccessToken(world, production, 'patient/*.rs');
    const { body: claims } = await introspect(world, access, 'strict');
    expect(claims['active']).toBe(true);
    const unknown = await fetch(`${world.url}/auth/strict/nothing/here`, { method: 'POST' });
    const nothing = { ...((await unknown.json()) as object), request_id: '' };
    for (const name of [
      'expire-token',
      'revoke-grant',
      'drop-scope',
      'throttle',
      'slow',
      'clear',
      'rotate-keys',
    ])
      for (const token of ['', access])
        for (const method of ['POST', 'DELETE', 'GET']) {
          const { status, text } = await toSandbox(world, name, token, {}, { method, tenant: 'strict' });
          expect([name, method, status]).toEqual([name, method, unknown.status]);
          expect({ ...JSON.parse(text), request_id: '' }).toEqual(nothing);
        }
    expect(nothing).toMatchObject({ error: 'not_found' });
    await world.db.query(
      `INSERT INTO sandbox_fault VALUES ('strict', $1, 'throttle', NULL, now() + interval '1 hour')`,
      [claims['grant_id']],
    );
    const { body: again } = await introspect(world, access, 'strict');
    expect([again['active'], again['sandbox']]).toEqual([true, undefined]);
    const discovery = async (tenant: string) =>
      (await (await fetch(`${world.url}/${tenant}/smart-configuration`)).json()) as object;
    expect(await discovery('strict')).not.toHaveProperty('sandbox_endpoint');
    expect(await discovery('northwind')).toHaveProperty(
      'sandbox_endpoint',
      `${world.url}/auth/northwind/sandbox`,
    );
  });
});
