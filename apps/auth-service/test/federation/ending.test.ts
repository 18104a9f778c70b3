import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administer } from '../administration.ts';
import { exchange, introspect, openAndLogIn, post, redirected, refresh, startAuthorization } from '../app.ts';
import { Browser } from '../browser.ts';
import { configure, loadMembers } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { type Idp, CLIENT_ID, startIdp } from './idp.ts';
import { federation, type FederatedWorld, locationOf, logInAtIdp, startFederatedWorld } from './world.ts';

const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';
const SCIM_TOKEN = 'a token of forty characters for the tests';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

describe('a person whose access ends at the plan', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());
  beforeEach(async () => {
    await configure(all.world, { federation: { ...federation(all.idp), scimToken: SCIM_TOKEN } });
    await all.world.db.query('TRUNCATE scim_user');
    await takeEvents(all.world);
  });

  /** Frida connects the app. */
  async function connect(): Promise<{ browser: Browser; tokens: Record<string, string> }> {
    const { browser, page, verifier } = await logInAtIdp(all, 'u-frida');
    const code = redirected(await browser.submit(page, 'agree')).get('code') ?? '';
    const { body } = await exchange(all.world, all.app, code, verifier);
    return { browser, tokens: body as Record<string, string> };
  }
  const isLoggedIn = async (browser: Browser): Promise<boolean> => {
    const silent = await browser.open(startAuthorization(all.world, all.app, { prompt: 'none' }).url);
    return !locationOf(silent).includes('error=login_required');
  };
  const reads = async ({ access_token = '' }: Record<string, string>): Promise<boolean> =>
    (await introspect(all.world, access_token)).body['active'] === true;
  const refreshes = async ({ refresh_token = '' }: Record<string, string>): Promise<boolean> =>
    (await refresh(all.world, all.app, refresh_token)).status === 200;

  async function expectEnded({ browser, tokens }: Awaited<ReturnType<typeof connect>>, action: string) {
    expect([await reads(tokens), await refreshes(tokens), await isLoggedIn(browser)]).toEqual([
      false,
      false,
      false,
    ]);
    const events = await takeEvents(all.world);
    expect(events.find((event) => event.action === action)).toMatchObject({
      kind: 'administration',
      member: 'frida',
    });
    expect(events.find(({ kind, action }) => kind === 'consent' && action === 'revoke')).toMatchObject({
      reason: 'plan',
      by: 'plan',
      member: 'frida',
    });
  }

  it.each([{ number: 'M-1' }, { subject: 'u-frida' }])(
    'loses all that she has by the plan’s word: %j',
    async (person) => {
      const connected = await connect();
      const { status, body } = await administer(all.world, 'POST', 'northwind/people/end', person);
      expect([status, body]).toEqual([200, { accounts: 1, grants: expect.any(Number) }]);
      await expectEnded(connected, 'person-end');
      await connect();
    },
  );

  it('is named by a login with a password as well', async () => {
    const person = { login: 'paul.parent' };
    const { status, body } = await administer(all.world, 'POST', 'northwind/people/end', person);
    expect([status, body]).toEqual([200, { accounts: 1, grants: 0 }]);
    expect((await takeEvents(all.world)).at(-1)).toMatchObject({ action: 'person-end', member: 'paul' });
  });

  it('is not found by a number that nobody has used, nor by two facts at once', async () => {
    expect((await administer(all.world, 'POST', 'northwind/people/end', { number: 'M-404' })).status).toBe(
      404,
    );
    const two = { number: 'M-1', subject: 'u-frida' };
    expect((await administer(all.world, 'POST', 'northwind/people/end', two)).status).toBe(400);
    expect((await administer(all.world, 'POST', 'northwind/people/end', {}, 'Bearer wrong')).status).toBe(
      401,
    );
  });

  describe('by back-channel logout', () => {
    let other: Idp;
    beforeAll(async () => {
      other = await startIdp(`${all.world.url}/auth/northwind/federation/callback`);
    });
    afterAll(() => other?.close());
    const now = () => Math.floor(Date.now() / 1000);
    const claims = (change: object = {}) => ({
      iss: all.idp.issuer,
      aud: CLIENT_ID,
      sub: 'u-frida',
      iat: now(),
      exp: now() + 120,
      jti: randomUUID(),
      events: { [LOGOUT]: {} },
      ...change,
    });
    const send = (token: string) =>
      post(
        `${all.world.url}/auth/northwind/federation/back-channel-logout`,
        new URLSearchParams({ logout_token: token }),
      );

    it('loses her sessions, and keeps her apps', async () => {
      const { browser, tokens } = await connect();
      await takeEvents(all.world);
      expect((await send(await all.idp.sign(claims()))).status).toBe(200);
      expect([await isLoggedIn(browser), await refreshes(tokens)]).toEqual([false, true]);
      expect(await takeEvents(all.world)).toContainEqual(
        expect.objectContaining({ action: 'back-channel-logout', member: 'frida' }),
      );
    });

    it('loses her apps as well where the plan wants it', async () => {
      const plan = { ...federation(all.idp), backChannelLogout: 'everything' };
      await configure(all.world, { federation: plan });
      const connected = await connect();
      expect((await send(await all.idp.sign(claims()))).status).toBe(200);
      await expectEnded(connected, 'back-channel-logout');
    });

    it.each<[string, () => Promise<string>]>([
      ['another audience', () => all.idp.sign(claims({ aud: 'another' }))],
      ['another issuer', () => all.idp.sign(claims({ iss: 'https://other.example' }))],
      ['a nonce', () => all.idp.sign(claims({ nonce: 'n' }))],
      ['no event', () => all.idp.sign(claims({ events: {} }))],
      ['no jti', () => all.idp.sign(claims({ jti: undefined }))],
      ['no sub', () => all.idp.sign(claims({ sub: undefined, sid: 's' }))],
      ['an age of ten minutes', () => all.idp.sign(claims({ iat: now() - 600 }))],
      ['an end in the past', () => all.idp.sign(claims({ iat: now() - 200, exp: now() - 100 }))],
      ['somebody else’s signature', () => other.sign(claims())],
      ['no form', () => Promise.resolve('nonsense')],
    ])('O90: is not logged out by a token with %s', async (_name, make) => {
      const { browser } = await connect();
      expect((await send(await make())).status).toBe(400);
      expect(await isLoggedIn(browser)).toBe(true);
    });

    it('O90: is logged out once by one token', async () => {
      const token = await all.idp.sign(claims());
      expect((await send(token)).status).toBe(200);
      const { browser } = await connect();
      expect((await send(token)).status).toBe(400);
      expect(await isLoggedIn(browser)).toBe(true);
    });
  });

  describe('by SCIM 2.0', () => {
    async function scim(method: string, path: string, body?: object, token = SCIM_TOKEN) {
      const response = await fetch(`${all.world.url}/auth/northwind/scim/v2/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
    }
    const frida = { userName: 'frida@plan.example', externalId: 'u-frida', active: true };

    it.each<[string, object]>([
      ['a path', { op: 'replace', path: 'active', value: false }],
      ['a value', { op: 'Replace', value: { active: false } }],
      ['a text, as some providers write', { op: 'Replace', path: 'active', value: 'False' }],
    ])(
      'O91: loses all and is not let in again when active becomes false with %s',
      async (_name, operation) => {
        const { body: user } = await scim('POST', 'Users', frida);
        const connected = await connect();
        const patch = { schemas: [PATCH_OP], Operations: [operation] };
        const { status, body } = await scim('PATCH', `Users/${String(user['id'])}`, patch);
        expect([status, body['active']]).toEqual([200, false]);
        await expectEnded(connected, 'scim-deactivate');
        const { page } = await logInAtIdp(all, 'u-frida');
        expect(page.html).toContain('has ended this login');
        const again = { Operations: [{ op: 'replace', path: 'active', value: true }] };
        await scim('PATCH', `Users/${String(user['id'])}`, again);
        await connect();
      },
    );

    describe('whose account has a password too', () => {
      const MARIA = { id: 'maria', relationship: 'self', name: 'Maria Castellan' };
      const user = { userName: 'maria', externalId: 'u-maria' };
      const settings = () => ({ ...federation(all.idp), scimToken: SCIM_TOKEN, keepPasswordLogins: true });
      const open = () => openAndLogIn(all.world, startAuthorization(all.world, all.app).url, 'maria.many');
      const activate = (id: unknown, value: boolean) =>
        scim('PATCH', `Users/${String(id)}`, { Operations: [{ op: 'replace', path: 'active', value }] });

      beforeEach(async () => {
        const { world, idp } = all;
        await configure(world, { nativeApps: true, federation: settings(), passwordLogin: true });
        await loadMembers(world, JSON.stringify({ number: 'M-61', patients: [MARIA] }));
        idp.people.set('u-maria', { member_number: 'M-61' });
        await logInAtIdp(all, 'u-maria');
      });
      afterAll(() =>
        configure(all.world, { nativeApps: true, federation: federation(all.idp), passwordLogin: false }),
      );

      it('O91: is not let in by it either', async () => {
        const { world } = all;
        const { body } = await scim('POST', 'Users', user);
        expect((await open())[1].html).toContain('Maria Castellan');
        await activate(body['id'], false);
        await takeEvents(world);
        const [, page] = await open();
        expect([page.status, page.html]).toEqual([400, expect.stringContaining('has ended this login')]);
        expect(await takeEvents(world)).toMatchObject([
          { kind: 'login', action: 'login', outcome: '4', reason: 'not-active', member: 'maria' },
        ]);
        const browser = new Browser(world.url);
        const login = await browser.open(startAuthorization(world, all.app).url);
        const wrong = await browser.logIn(login, 'maria.many', 'wrong');
        expect(wrong.html).toContain('do not match');
        await activate(body['id'], true);
        expect((await open())[1].html).toContain('Maria Castellan');
      });

      it('is let in by it where the plan has no identity provider any more', async () => {
        await scim('POST', 'Users', { ...user, active: false });
        expect((await open())[1].status).toBe(400);
        await configure(all.world, { nativeApps: true });
        expect((await open())[1].html).toContain('Maria Castellan');
      });

      it('O91: loses it when the user is deleted, and comes back by the provider alone', async () => {
        const { body } = await scim('POST', 'Users', user);
        expect((await open())[1].html).toContain('Maria Castellan');
        expect((await scim('DELETE', `Users/${String(body['id'])}`)).status).toBe(204);
        const [, page] = await open();
        expect([page.status, page.html]).toEqual([400, expect.stringContaining('do not match')]);
        expect((await scim('POST', 'Users', user)).status).toBe(201);
        expect((await logInAtIdp(all, 'u-maria')).page.html).toContain('Maria Castellan');
        expect((await open())[1].status).toBe(400);
      });
    });

    it('loses all when the user is deleted, and by PUT', async () => {
      const { body: user } = await scim('POST', 'Users', frida);
      const first = await connect();
      expect((await scim('PUT', `Users/${String(user['id'])}`, { ...frida, active: false })).status).toBe(
        200,
      );
      await expectEnded(first, 'scim-deactivate');
      await scim('PUT', `Users/${String(user['id'])}`, frida);
      const second = await connect();
      expect((await scim('DELETE', `Users/${String(user['id'])}`)).status).toBe(204);
      await expectEnded(second, 'scim-delete');
      expect((await scim('GET', `Users/${String(user['id'])}`)).status).toBe(404);
    });

    it('is known by her member number where the plan says so', async () => {
      const scimPerson = { attribute: 'userName', is: 'number' };
      await configure(all.world, {
        federation: { ...federation(all.idp), scimToken: SCIM_TOKEN, scimPerson },
      });
      const { body: user } = await scim('POST', 'Users', { userName: 'M-1' });
      const connected = await connect();
      const patch = { Operations: [{ op: 'replace', value: { active: false } }] };
      await scim('PATCH', `Users/${String(user['id'])}`, patch);
      await expectEnded(connected, 'scim-deactivate');
    });

    it('finds users by name and external id, lists them, and refuses a second one of a name', async () => {
      const { status, body: user } = await scim('POST', 'Users', frida);
      expect([status, user]).toMatchObject([201, { ...frida, meta: { resourceType: 'User' } }]);
      expect(await scim('POST', 'Users', { userName: 'FRIDA@plan.example' })).toMatchObject({
        status: 409,
        body: { scimType: 'uniqueness' },
      });
      for (const filter of ['userName eq "Frida@plan.example"', 'externalId eq "u-frida"'])
        expect((await scim('GET', `Users?filter=${encodeURIComponent(filter)}`)).body).toMatchObject({
          totalResults: 1,
          Resources: [{ id: user['id'] }],
        });
      expect((await scim('GET', `Users?filter=${encodeURIComponent('userName eq "x"')}`)).body).toMatchObject(
        {
          totalResults: 0,
          Resources: [],
        },
      );
      expect((await scim('GET', 'Users?filter=active%20eq%20true')).body).toMatchObject({
        scimType: 'invalidFilter',
      });
      expect((await scim('GET', 'Users?count=0')).body).toMatchObject({ totalResults: 1, itemsPerPage: 0 });
      expect((await scim('GET', 'ServiceProviderConfig')).body).toMatchObject({ patch: { supported: true } });
      const schema = 'urn:ietf:params:scim:schemas:core:2.0:User';
      expect((await scim('GET', 'ResourceTypes')).body['Resources']).toMatchObject([{ schema }]);
      expect((await scim('GET', 'ResourceTypes/User')).body).toMatchObject({ endpoint: '/Users' });
      expect((await scim('GET', 'Schemas')).body['Resources']).toMatchObject([{ id: schema }]);
      const { attributes } = (await scim('GET', `Schemas/${schema}`)).body as {
        attributes: { name: string }[];
      };
      expect(attributes.map(({ name }) => name)).toEqual(['userName', 'externalId', 'active']);
      expect((await scim('GET', 'Schemas/unknown')).status).toBe(404);
    });

    it('O91: is told by the plan’s own token alone', async () => {
      for (const token of ['', 'wrong', `${SCIM_TOKEN}x`])
        for (const path of [
          'Users',
          'ServiceProviderConfig',
          'ResourceTypes',
          'Schemas',
          `Users/${randomUUID()}`,
        ])
          expect((await scim('GET', path, undefined, token)).status).toBe(401);
      await configure(all.world, { federation: federation(all.idp) });
      expect((await scim('GET', 'Users')).status).toBe(401);
      const elsewhere = `${all.world.url}/auth/lakeside/scim/v2/Users`;
      const answer = await fetch(elsewhere, { headers: { authorization: `Bearer ${SCIM_TOKEN}` } });
      expect(answer.status).toBe(401);
    });
  });
});
