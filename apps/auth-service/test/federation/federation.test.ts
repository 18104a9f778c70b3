import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { ACR } from '../../src/provider/authorization/login-policy.ts';
import { exchange, introspect, redirected } from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import type { Browser, BrowserPage } from '../browser.ts';
import { configure, loadMembers } from '../configure.ts';
import { consentOf } from '../consent/world.ts';
import { takeEvents } from '../events.ts';
import { tenantOf } from '../world.ts';
import { CLIENT_SECRET } from './idp.ts';
import { federation, type FederatedWorld, leaveAndLogIn, logInAtIdp, startFederatedWorld } from './world.ts';

describe('logging in at the plan’s identity provider', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());
  afterEach(() => takeEvents(all.world));

  async function tokens(browser: Browser, consent: BrowserPage, verifier: string) {
    const code = redirected(await browser.submit(consent, 'agree')).get('code') ?? '';
    return (await exchange(all.world, all.app, code, verifier)).body as Record<string, string>;
  }

  const accounts = async () => {
    const { rows } = await all.world.db.query<{ sub: string; subject: string; members: string[] }>(
      `SELECT f.sub, f.subject, (SELECT array_agg(patient ORDER BY position) FROM account_member m
                                  WHERE m.tenant = f.tenant AND m.sub = f.sub) AS members
         FROM federated_identity f ORDER BY subject`,
    );
    return rows;
  };

  it('gives a token for the member with the plan’s number, and records the method', async () => {
    all.idp.tamper = async (told) => {
      const claims = jose.decodeJwt(told['id_token'] as string);
      return { ...told, id_token: await all.idp.sign({ ...claims, amr: ['otp'] }) };
    };
    const { browser, page, verifier } = await logInAtIdp(all, 'u-frida');
    all.idp.tamper = undefined;
    expect(page.html).toContain('Share data with');
    expect(page.html).toContain('Frida Lund');
    const answer = await tokens(browser, page, verifier);
    expect(answer['patient']).toBe('frida');
    expect(jose.decodeJwt(answer['id_token'] ?? '')).toMatchObject({ acr: ACR.plan, amr: ['otp'] });
    const events = await takeEvents(all.world);
    expect(events.find(({ kind }) => kind === 'login')).toMatchObject({
      kind: 'login',
      action: 'login',
      method: 'federation',
      outcome: '0',
      member: 'frida',
    });
  });

  it('sends PKCE, state, nonce and the callback, and passes login_hint on', async () => {
    await leaveAndLogIn(all, 'u-frida', { login_hint: 'frida' });
    const asked = Object.fromEntries(all.idp.asked.at(-1) ?? []);
    expect(asked).toMatchObject({
      response_type: 'code',
      scope: 'openid profile',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]+\.[\w-]{40,}$/),
      nonce: expect.stringMatching(/^[\w-]{40,}$/),
      redirect_uri: `${all.world.url}/auth/northwind/federation/callback`,
      login_hint: 'frida',
    });
    expect(asked).not.toHaveProperty('prompt');
  });

  it('uses one account each time, even for two first logins at the same time', async () => {
    await all.world.db.query('TRUNCATE federated_identity');
    const pages = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { browser, callback } = await leaveAndLogIn(all, 'u-omar');
        return browser.open(callback);
      }),
    );
    expect(pages.map(({ html }) => html.includes('Whose data?'))).toEqual([true, true, true, true]);
    expect(await accounts()).toEqual([
      { sub: expect.any(String), subject: 'u-omar', members: ['omar', 'lina', 'samir'] },
    ]);
  });

  it('lets a parent share the data of each child, each with a grant and a token of its own', async () => {
    const members = await Promise.all(
      ['omar', 'lina'].map(async (member) => {
        const { browser, page, verifier } = await logInAtIdp(all, 'u-omar');
        const consent = await browser.submit(page, 'choose', (fields) => fields.set('member', member));
        return tokens(browser, consent, verifier);
      }),
    );
    const claims = await Promise.all(
      members.map(({ access_token = '' }) => introspect(all.world, access_token)),
    );
    expect(claims.map(({ body }) => body['patient'])).toEqual(['omar', 'lina']);
    expect(new Set(claims.map(({ body }) => body['grant_id'])).size).toBe(2);
    expect(new Set(claims.map(({ body }) => body['sub'])).size).toBe(1);
    // The data of other members is never shared, whatever the form says.
    const { browser, page } = await logInAtIdp(all, 'u-omar');
    const foreign = await browser.submit(page, 'choose', (fields) => fields.set('member', 'frida'));
    expect(foreign.status).toBe(400);
  });

  it('says for whom somebody acts who is none of the members, and so has no name here', async () => {
    const patients = ['lina', 'samir'].map((id) => ({ id, relationship: 'child', name: `${id} H.` }));
    await loadMembers(all.world, JSON.stringify({ number: 'M-8', patients }));
    all.idp.people.set('u-dora', { member_number: 'M-8' });
    const { browser, page } = await logInAtIdp(all, 'u-dora');
    const who = 'Logged in as somebody who acts for lina H. and samir H.';
    expect(wordsOf(page)).toContain(who);
    const apps = await browser.open(`${tenantOf(all.world).appsPage}?lang=es`);
    expect(wordsOf(apps)).toContain('Sesión de alguien que actúa en nombre de lina H. y samir H.');
  });

  it.each([
    [['leo'], '', 'lina H., samir H., and 1 other'],
    [['leo', 'mia', 'noa'], '?lang=es', 'lina H., samir H. y otras 3 personas'],
  ])(
    'names two of those for whom somebody acts, and counts the others: %j',
    async (more, language, names) => {
      const patients = ['lina', 'samir', ...more].map((id) => ({
        id,
        relationship: 'child',
        name: `${id} H.`,
      }));
      await loadMembers(all.world, JSON.stringify({ number: 'M-9', patients }));
      all.idp.people.set('u-dan', { member_number: 'M-9' });
      const { browser } = await logInAtIdp(all, 'u-dan');
      const apps = await browser.open(`${tenantOf(all.world).appsPage}${language}`);
      expect(wordsOf(apps)).toContain(`${names} `);
    },
  );

  it('names no other member in the consent for one, nor in its receipt', async () => {
    const patients = ['lina', 'samir'].map((id) => ({ id, relationship: 'child', name: `${id} H.` }));
    await loadMembers(all.world, JSON.stringify({ number: 'M-8', patients }));
    all.idp.people.set('u-dora', { member_number: 'M-8' });
    const { browser, page, verifier } = await logInAtIdp(all, 'u-dora');
    const consent = await browser.submit(page, 'choose', (fields) => fields.set('member', 'lina'));
    expect(wordsOf(consent)).toContain('Logged in as somebody who acts for lina H. You will go back to');
    expect(consent.html).not.toContain('samir');
    const { access_token = '' } = await tokens(browser, consent, verifier);
    const grantId = (await introspect(all.world, access_token)).body['grant_id'] as string;
    const { snapshot } = await consentOf(all.world, grantId);
    expect(JSON.parse(snapshot)).toMatchObject({ login: 'somebody who acts for lina H.' });
    const { appsPage } = tenantOf(all.world);
    await browser.open(appsPage);
    const receipt = await browser.open(`${appsPage}/${grantId}/receipt.jwt`);
    const told = JSON.stringify(jose.decodeJwt(receipt.html));
    expect(told).toContain('somebody who acts for lina H.');
    expect(`${snapshot} ${told}`).not.toContain('samir');
  });

  it('names no member in a consent for nobody’s data', async () => {
    const patients = ['lina', 'samir'].map((id) => ({ id, relationship: 'child', name: `${id} H.` }));
    await loadMembers(all.world, JSON.stringify({ number: 'M-8', patients }));
    all.idp.people.set('u-dora', { member_number: 'M-8' });
    const { page } = await logInAtIdp(all, 'u-dora', { scope: 'openid' });
    expect(wordsOf(page)).toContain('Logged in as somebody who acts for a member of this plan');
    expect(page.html).not.toMatch(/lina|samir/);
  });

  it('applies the plan’s new list at once; a token never changes its member, it ends', async () => {
    const { browser, page, verifier } = await logInAtIdp(all, 'u-omar');
    const consent = await browser.submit(page, 'choose', (fields) => fields.set('member', 'lina'));
    const { access_token = '' } = await tokens(browser, consent, verifier);
    const grown = { number: 'M-2', patients: [{ id: 'omar', relationship: 'self', name: 'Omar Haddad' }] };
    await loadMembers(all.world, JSON.stringify(grown));
    expect((await logInAtIdp(all, 'u-omar')).page.html).toContain('Share data with');
    expect((await introspect(all.world, access_token)).body).toEqual({ active: false });
  });

  it.each([
    ['O27: one number for two people', 'u-twin', 'several-members', 'more than one person'],
    ['O27: a number that the plan did not load', 'u-stranger', 'unknown-member', 'could not find'],
    ['O27: no number', 'u-nobody', 'no-member-number', 'did not tell us'],
    ['O27: a number that another login uses', 'u-thief', 'already-linked', 'Another login'],
    [
      'O27: a number that now belongs to another person',
      'u-moved',
      'member-changed',
      'another member number',
    ],
  ])(
    '%s: is refused without naming anybody, with advice for the person',
    async (_case, person, reason, words) => {
      await logInAtIdp(all, 'u-frida');
      const { idp, world } = all;
      await loadMembers(
        world,
        '{"number":"M-7","patients":[{"id":"m7","relationship":"self","name":"Seven"}]}',
      );
      idp.people
        .set('u-stranger', { member_number: 'M-999', email: 'frida@mail.example', name: 'Frida Lund' })
        .set('u-nobody', { email: 'frida@mail.example' })
        .set('u-thief', { member_number: 'M-1' })
        .set('u-moved', { member_number: 'M-7' });
      if (person === 'u-moved') {
        await logInAtIdp(all, person);
        idp.people.set(person, { member_number: 'M-2' });
      }
      await takeEvents(world);
      const before = await accounts();
      const { page, browser } = await logInAtIdp(all, person);
      expect(page.html).toContain(words);
      expect(page.html).toContain('call the number on your member card');
      expect(page.html).not.toMatch(/Frida|Gray|Haddad/);
      expect(await accounts()).toEqual(before);
      // The end of a grant, whose relation an earlier file of members took away, is recorded in the background.
      const event = (await takeEvents(world)).find(({ kind }) => kind === 'login');
      expect(event).toMatchObject({ kind: 'login', method: 'federation', outcome: '4', reason });
      expect(event).not.toHaveProperty('member');
      // No login exists yet, and the member can continue on this page.
      const cancelled = await browser.submit(page, 'cancel');
      expect(redirected(cancelled).get('error')).toBe('access_denied');
    },
  );

  it('refuses a login without the claims that the plan requires', async () => {
    const { world, idp } = all;
    const settings = { ...federation(idp), require: { status: 'active' } };
    await configure(world, { passwordLogin: false, federation: settings });
    expect((await logInAtIdp(all, 'u-frida')).page.html).toContain('does not allow this login');
    idp.people.set('u-frida', { ...idp.people.get('u-frida'), status: 'active' });
    expect((await logInAtIdp(all, 'u-frida')).page.html).toContain('Share data with');
    await configure(world, { passwordLogin: false, federation: federation(idp) });
  });

  it('returns to the login page when the member cancels, and can be started again', async () => {
    const { browser, page } = await logInAtIdp(all, undefined);
    expect(page.html).toContain('You did not log in');
    expect(page.url).toMatch(/\/interaction\/[\w-]+$/);
    expect((await takeEvents(all.world)).at(-1)).toMatchObject({ outcome: '4', reason: 'cancelled' });
    const again = await browser.open(page.url);
    expect(again.html).toContain('Log in with Northwind Member Site');
  });

  it('O26: asks the identity provider for a fresh login too, for prompt=login and max_age', async () => {
    const { page } = await logInAtIdp(all, 'u-frida', { prompt: 'login' });
    expect(page.html).toContain('Share data with');
    expect(all.idp.asked.at(-1)?.get('prompt')).toBe('login');
    expect(all.idp.asked.at(-1)?.has('max_age')).toBe(true);
    // An identity provider that ignores this, and reports a login of ten minutes ago.
    all.idp.tamper = async (answer) => {
      const claims = jose.decodeJwt(answer['id_token'] as string);
      const old = { ...claims, auth_time: Math.floor(Date.now() / 1000) - 600 };
      return { ...answer, id_token: await all.idp.sign(old) };
    };
    const stale = await logInAtIdp(all, 'u-frida', { max_age: '60' });
    expect(stale.page.html).toContain('The app asks you to log in again');
    const enough = await logInAtIdp(all, 'u-frida');
    expect(enough.page.html).toContain('Share data with');
    all.idp.tamper = undefined;
  });

  it('is the only way to log in where the plan has no passwords', async () => {
    const { browser, login } = await leaveAndLogIn(all, 'u-frida');
    expect(login.html).not.toContain('id="password"');
    expect((await browser.logIn(login, 'maria.many', 'x')).status).toBe(400);
    await configure(all.world, { federation: federation(all.idp) });
    const both = await leaveAndLogIn(all, 'u-frida');
    expect(both.login.html).toContain('id="password"');
    await configure(all.world, { passwordLogin: false, federation: federation(all.idp) });
  });

  it('stores the plan’s secret sealed, and refuses one in clear text', async () => {
    const { rows } = await all.world.db.query<{ text: string }>('SELECT settings::text AS text FROM tenant');
    expect(rows.map(({ text }) => text).join()).toContain('sealed:');
    expect(rows.map(({ text }) => text).join()).not.toContain(CLIENT_SECRET);
  });
});
