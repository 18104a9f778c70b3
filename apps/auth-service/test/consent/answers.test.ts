/** Only the member's own answer to the page that is open counts (security cases O08, O09, O11, O26, S08). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  introspect,
  startAuthorization,
  openAndLogIn,
  redirected,
  registerApp,
  registerVerifiedApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser, hiddenFields, type BrowserPage } from '../browser.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SCOPE = 'launch/patient patient/Coverage.rs patient/ExplanationOfBenefit.rs';

describe('an answer to the consent page', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const openConsent = () => openAndLogIn(world, startAuthorization(world, app, { scope: SCOPE }).url);
  const agreed = (page: BrowserPage): URLSearchParams => {
    const fields = hiddenFields(page);
    fields.set('action', 'agree');
    return fields;
  };
  const send = (
    browser: Browser,
    page: BrowserPage,
    fields: URLSearchParams,
    headers: Record<string, string> = {},
  ) =>
    browser.request(page.url, { method: 'POST', body: fields.toString(), headers: { ...FORM, ...headers } });

  async function consents(): Promise<number> {
    const { rows } = await world.db.query<{ n: number }>('SELECT count(*)::int AS n FROM consent');
    return rows[0]?.n ?? -1;
  }

  it('O08: is never accepted by GET', async () => {
    const [browser, page] = await openConsent();
    const before = await consents();
    const answer = await browser.request(`${page.url}?${agreed(page)}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    const head = await browser.request(`${page.url}?${agreed(page)}`, { method: 'HEAD' });
    expect(head.headers.get('location')).toBeNull();
    expect(await consents()).toBe(before);
  });

  it.each(['cross-site', 'same-site'])('O08: is refused when another site sends it (%s)', async (site) => {
    const [browser, page] = await openConsent();
    const before = await consents();
    expect((await send(browser, page, agreed(page), { 'sec-fetch-site': site })).status).toBe(403);
    expect(await consents()).toBe(before);
    const own = await send(browser, page, agreed(page), { 'sec-fetch-site': 'same-origin' });
    expect(own.status).toBe(303);
  });

  it('O08, O09: needs the cookie of this interaction and the token of its form', async () => {
    const [browser, page] = await openConsent();
    const [other, otherPage] = await openConsent();
    const before = await consents();
    const nobody = new Browser(world.url);
    expect((await send(nobody, page, agreed(page))).status).toBe(400);
    expect((await send(other, page, agreed(page))).status).toBe(400);
    // The cookie of one interaction, sent to the address of another.
    const cookie = other.cookieHeader(otherPage.url);
    expect((await send(nobody, page, agreed(otherPage), { cookie })).status).toBe(400);
    const fields = agreed(page);
    fields.set('token', agreed(otherPage).get('token') ?? '');
    expect((await send(browser, page, fields)).status).toBe(403);
    expect(await consents()).toBe(before);
    // A victim who opens the attacker's page learns nothing about the attacker.
    const opened = await other.request(page.url);
    expect([opened.status, /Maria/.test(opened.html)]).toEqual([400, false]);
  });

  it('O08: is refused from a form that was opened before another person logged in', async () => {
    const [browser, page] = await openConsent();
    const login = await browser.open(startAuthorization(world, app, { scope: SCOPE, prompt: 'login' }).url);
    await browser.logIn(login, 'paul.parent', PASSWORD);
    const before = await consents();
    const stale = await browser.submit(page, 'agree');
    expect([stale.status, stale.headers.get('location')]).toEqual([400, null]);
    expect(await consents()).toBe(before);
  });

  it('O26: counts once, even if it is sent twice at the same time', async () => {
    const [browser, page] = await openConsent();
    const before = await consents();
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(browser, page, agreed(page))));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400, 400, 400]);
    expect(await consents()).toBe(before + 1);
  });

  it('O26: is refused when the interaction has ended', async () => {
    const [browser, page] = await openConsent();
    expect((await browser.submit(page, 'deny')).headers.get('location')).toContain('access_denied');
    const before = await consents();
    for (const action of ['agree', 'deny', 'back']) {
      const late = await browser.submit(page, action);
      expect([late.status, late.headers.get('location')]).toEqual([400, null]);
    }
    expect((await browser.request(page.url)).status).toBe(400);
    expect(await consents()).toBe(before);
  });

  it('O26: concerns the app of its own tab, when two tabs are open', async () => {
    const second = await registerApp(world, { client_name: 'Second App' });
    const [browser, first] = await openConsent();
    const other = await browser.open(startAuthorization(world, second, { scope: SCOPE }).url);
    const mixed = await send(browser, first, agreed(other));
    expect(mixed.status).toBe(403);
    for (const [page, client] of [
      [first, app],
      [other, second],
    ] as const) {
      expect((await browser.submit(page, 'agree')).headers.get('location')).toContain('code=');
      const { rows } = await world.db.query('SELECT client_id FROM consent ORDER BY granted_at DESC LIMIT 1');
      expect(rows).toEqual([{ client_id: client.client_id }]);
    }
  });

  it('S08: that allows a part of the request does not let prompt=none skip the page', async () => {
    const { url, verifier } = startAuthorization(world, app, { scope: SCOPE });
    const [browser, page] = await openAndLogIn(world, url);
    const answer = await browser.submit(page, 'agree', (form) => form.delete('kind', 'claims'));
    const { body } = await exchange(world, app, redirected(answer).get('code') as string, verifier);
    for (const scope of [SCOPE, 'launch/patient patient/Coverage.rs']) {
      const silent = await browser.open(startAuthorization(world, app, { scope, prompt: 'none' }).url);
      expect(redirected(silent).get('error')).toBe('consent_required');
    }
    const { body: claims } = await introspect(world, body['access_token'] as string);
    expect(claims['scope']).toBe('launch/patient patient/Coverage.rs');
  });

  it('O11, D23: is given on a page that cannot be framed, embedded or read by others; the same holds for error pages', async () => {
    const browser = new Browser(world.url);
    const login = await browser.open(startAuthorization(world, app, { scope: SCOPE }).url);
    const consent = await browser.logIn(login, 'maria.many', PASSWORD);
    const forbidden = await browser.submit(consent, 'agree', (form) => form.set('token', ''));
    const gone = await browser.request(`${world.url}/auth/northwind/interaction/x`);
    const refused = await browser.request(
      startAuthorization(world, app, { redirect_uri: 'https://evil.example/' }).url,
    );
    for (const { headers } of [login, consent, forbidden, gone, refused]) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|script-src|\*/);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});
