import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { banClient } from '../../src/domain/administration/apps/clients.ts';
import { returnPath } from '../../src/domain/urls.ts';
import { administrationOf } from '../administration.ts';
import {
  openAndLogIn,
  registerApp,
  registerVerifiedApp,
  type RegisteredApp,
  startAuthorization,
} from '../app.ts';
import { deadLinks, wordsOf } from '../apps/member.ts';
import { Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import { takeEvents } from '../events.ts';
import { openLaunch, registerPortal } from '../launch/portal.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const REFUSED: [what: string, change: Record<string, string | undefined>, error: string][] = [
  ['prompt=none', { prompt: 'none' }, 'login_required'],
  ['a scope that does not exist', { scope: 'cheese' }, 'invalid_scope'],
  ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  ['another server', { aud: 'https://evil.example/' }, 'invalid_request'],
  ['a forged launch', { launch: 'abc' }, 'invalid_request'],
  ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
  ['another prompt', { prompt: 'none login' }, 'invalid_request'],
  ['a form as response mode', { response_mode: 'form_post' }, 'unsupported_response_mode'],
  ['a request object', { request: 'x.y.z' }, 'request_not_supported'],
];

describe('an authorization error of an app that the plan has not checked', () => {
  let world: World;
  let app: RegisteredApp;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    app = await registerApp(world);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const returnUrl = () => `${world.url}${returnPath('northwind')}`;
  /** Presses the button of the error page. */
  const goBack = (browser: Browser, page: BrowserPage, headers: Record<string, string> = {}) =>
    browser.request(returnUrl(), {
      method: 'POST',
      body: hiddenFields(page).toString(),
      headers: { ...FORM, ...headers },
    });
  const locationOf = ({ headers }: BrowserPage) => headers.get('location');

  it.each(REFUSED)('O66: is shown and not redirected to: %s', async (_what, change, error) => {
    const { url, state } = startAuthorization(world, app, change);
    const browser = new Browser(world.url);
    browser.headers['x-forwarded-for'] = `198.51.100.${REFUSED.findIndex(([what]) => what === _what)}`;
    await takeEvents(world);
    const page = await browser.open(url);
    expect([page.status, locationOf(page), page.headers.get('refresh')]).toEqual([400, null, null]);
    expect(wordsOf(page)).toMatch(
      /The app says its name is “Health Diary”\. Northwind Health Plan has not checked it/,
    );
    expect(page.html).toContain(error);
    expect(page.html).not.toMatch(/<script|http-equiv="refresh"/i);
    expect((await takeEvents(world)).at(-1)).toMatchObject({ kind: 'authorization', action: 'refuse' });
    const back = await goBack(browser, page);
    const sent = new URL((locationOf(back) ?? '').replace('#', '?'));
    expect([back.status, `${sent.origin}${sent.pathname}`]).toEqual([303, app.redirect_uri]);
    expect([
      sent.searchParams.get('error'),
      sent.searchParams.get('state'),
      sent.searchParams.get('iss'),
    ]).toEqual([error, state, tenantOf(world).issuer]);
  });

  it.each(REFUSED)('O66: is redirected to by a checked app: %s', async (_what, change, error) => {
    const verified = await registerVerifiedApp(world);
    const { url, state } = startAuthorization(world, verified, change);
    const sent = new URL((locationOf(await new Browser(world.url).open(url)) ?? '').replace('#', '?'));
    expect([sent.searchParams.get('error'), sent.searchParams.get('state')]).toEqual([error, state]);
  });

  it('O66: is shown to a person who is logged in, too, when she was not asked', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const page = await browser.open(startAuthorization(world, app, { prompt: 'none' }).url);
    expect([page.status, locationOf(page)]).toEqual([400, null]);
    expect(page.html).toContain('consent_required');
  });

  it('O66: is shown when a launch was used before, as long as nobody has logged in', async () => {
    const portal = await registerPortal(world);
    const launch = await openLaunch(world, portal);
    const scope = 'openid launch patient/*.rs';
    const [browser, consent] = await openAndLogIn(
      world,
      startAuthorization(world, app, { launch, scope }).url,
    );
    expect(locationOf(await browser.submit(consent, 'agree'))).toContain('code=');
    const page = await new Browser(world.url).open(startAuthorization(world, app, { launch, scope }).url);
    expect([page.status, locationOf(page)]).toEqual([400, null]);
  });

  it('O66: leaves “Cancel” and “Do not allow” as they are, because a person presses them', async () => {
    const { url, state } = startAuthorization(world, app);
    const browser = new Browser(world.url);
    const cancelled = await browser.submit(await browser.open(url), 'cancel');
    const [other, consent] = await openAndLogIn(world, startAuthorization(world, app, { state }).url);
    for (const page of [cancelled, await other.submit(consent, 'deny')]) {
      const sent = new URL(locationOf(page) ?? '');
      expect([sent.searchParams.get('error'), sent.searchParams.get('state')]).toEqual([
        'access_denied',
        state,
      ]);
    }
  });

  it('O66: goes back only from its own page in its own browser, for a while', async () => {
    const browser = new Browser(world.url);
    const page = await browser.open(startAuthorization(world, app, { prompt: 'none' }).url);
    const refused = async (answer: Promise<BrowserPage>) => {
      const refusal = await answer;
      expect([refusal.status, locationOf(refusal)]).toEqual([403, null]);
      expect(await deadLinks(new Browser(world.url), refusal)).toEqual([]);
    };
    // The attacker's own page, posted by a page of his in the member's browser.
    const attacker = new Browser(world.url);
    const theirs = await attacker.open(startAuthorization(world, app, { prompt: 'none' }).url);
    await refused(goBack(browser, theirs));
    await refused(goBack(new Browser(world.url), page));
    await refused(goBack(browser, page, { 'sec-fetch-site': 'cross-site' }));
    const forged = { ...page, html: page.html.replace(/value="([\w-]{20})/, 'value="AAAAAAAAAAAAAAAAAAAA') };
    await refused(goBack(browser, forged));
    const lakeside = `${world.url}${returnPath('lakeside')}`;
    const abroad = { method: 'POST', body: hiddenFields(page).toString(), headers: FORM };
    await refused(browser.request(lakeside, abroad));
    expect((await browser.request(returnUrl())).status).toBe(404);
    expect(page.headers.getSetCookie().find((cookie) => cookie.includes('-return='))).toMatch(
      /HttpOnly; SameSite=Strict/,
    );
    expect((await goBack(browser, page)).status).toBe(303);
    const onItsWay = await goBack(browser, page, { 'sec-fetch-mode': 'navigate' });
    expect(wordsOf(onItsWay)).toContain('Your answer is on its way');
    expect(await deadLinks(browser, onItsWay)).toEqual([]);
  });

  it('O66: goes back to no app that the plan has banned meanwhile', async () => {
    const banned = await registerApp(world);
    const browser = new Browser(world.url);
    const page = await browser.open(startAuthorization(world, banned, { prompt: 'none' }).url);
    await banClient(administrationOf(pool), banned.client_id, 'phishing');
    expect((await goBack(browser, page)).status).toBe(403);
  });
});
