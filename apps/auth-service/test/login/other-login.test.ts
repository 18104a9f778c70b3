/** A browser that several people share: one of them is still logged in, and another one opens an app. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  getTokens,
  openAndLogIn,
  redirected,
  registerApp,
  type RegisteredApp,
  startAuthorization,
} from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import { Browser, hiddenFields } from '../browser.ts';
import { openLaunch, registerPortal } from '../launch/portal.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

const BUTTON = 'Not you? Log in with another user name';

describe('somebody whose browser is still logged in as another person', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  it.each([
    ['agrees', 'maria.many'],
    ['chooses whose data', 'paul.parent'],
  ])('logs in where that one %s, and the app gets the answer to its own request', async (_where, before) => {
    const { url, verifier, state } = startAuthorization(world, app, {
      login_hint: before,
      prompt: 'consent',
    });
    const [browser, page] = await openAndLogIn(world, url, before);
    expect(wordsOf(page)).toContain(`Logged in as ${before}`);
    expect(wordsOf(page)).toContain(BUTTON);
    const login = await browser.submit(page, 'log-in-again');
    expect(wordsOf(login)).toContain('User name');
    expect(login.html).not.toContain(before);
    const consent = await browser.logIn(login, 'gina.guardian', PASSWORD);
    expect(wordsOf(consent)).toContain('Logged in as gina.guardian');
    const answer = redirected(await browser.submit(consent, 'agree'));
    expect(answer.get('state')).toBe(state);
    const { body } = await exchange(world, app, answer.get('code') ?? '', verifier);
    expect(body['patient']).toBe('cora');
  });

  it('O26: has no login that opens by the cookie of that one, not even before the browser goes on', async () => {
    const { url } = startAuthorization(world, app, { prompt: 'login' });
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url, 'paul.parent');
    const { appsPage } = tenantOf(world);
    const copied = { cookie: browser.cookieHeader(appsPage) };
    const stranger = new Browser(world.url);
    expect(wordsOf(await stranger.request(appsPage, { headers: copied }))).toContain('paul.parent');
    const login = await browser.open(url);
    const fields = hiddenFields(login);
    for (const [name, value] of Object.entries({ login: 'maria.many', password: PASSWORD, action: 'login' }))
      fields.set(name, value);
    const answer = await browser.request(login.url, { method: 'POST', body: fields });
    expect(answer.status).toBe(303);
    const seen = await stranger.request(appsPage, { headers: copied });
    expect([seen.status, new URL(seen.headers.get('location') ?? '', world.url).pathname]).toEqual([
      303,
      '/auth/northwind/oauth2/v1/authorize',
    ]);
    // A second press, as by a browser that got no answer to the first one.
    Object.assign(browser.headers, { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' });
    const page = await browser.open(login.url, { method: 'POST', body: fields });
    expect(wordsOf(page)).toContain('Logged in as maria.many');
    expect((await stranger.request(appsPage, { headers: copied })).status).toBe(303);
  });

  it('is not taken for the person whom the app names by id_token_hint', async () => {
    const scope = 'openid launch/patient patient/Coverage.rs';
    const hint = (await getTokens(world, app, { scope }))['id_token'] ?? '';
    const { url, state } = startAuthorization(world, app, { scope, id_token_hint: hint });
    const [browser, another] = await openAndLogIn(world, url, 'paul.parent');
    const answer = redirected(another);
    expect([answer.get('error'), answer.get('state'), answer.get('code')]).toEqual([
      'login_required',
      state,
      null,
    ]);
    expect(answer.get('error_description')).toBe(
      'Another person has logged in than id_token_hint names. Say in your app who has to log in, and send the request again.',
    );
    // Paul is logged in now, and the app asks for Maria once more.
    const consent = await browser.logIn(await browser.open(url), 'maria.many', PASSWORD);
    expect(redirected(await browser.submit(consent, 'agree')).get('code')).toEqual(expect.any(String));
  });

  it('cannot begin a launch of the portal again, which is good once and for one person', async () => {
    const launch = await openLaunch(world, await registerPortal(world), { patient: 'maria' });
    const { url } = startAuthorization(world, app, { launch, scope: 'launch patient/Coverage.rs' });
    const [browser, page] = await openAndLogIn(world, url);
    expect(wordsOf(page)).toContain('Logged in as maria.many');
    expect(wordsOf(page)).not.toContain(BUTTON);
    expect((await browser.submit(page, 'log-in-again')).status).toBe(403);
  });
});
