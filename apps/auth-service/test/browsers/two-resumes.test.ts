/** Requests that go on at the same instant from one answer: a page is opened twice, or a proxy sends a request again. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@patient-access/testing';
import {
  exchange,
  openAndLogIn,
  post,
  redirected,
  type RegisteredApp,
  registerVerifiedApp,
  startAuthorization,
} from '../app.ts';
import { Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import { holdRecords } from './held-records.ts';
import { digest } from '../../src/domain/keys/secrets.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' };
const AT_ONCE = 5;

describe('requests that go on together from one answer', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  /** All requests read the answered interaction before one of them has stored that it is over. */
  async function whileNothingIsDeleted(requests: () => Promise<BrowserPage>[]): Promise<BrowserPage[]> {
    const held = await holdRecords(world, 'DELETE', 'Interaction');
    const pages = Promise.all(requests());
    await waitUntil(async () => (await held.waiting()) > 0);
    await delay(300);
    await held.release();
    return pages;
  }

  /** A member agrees, and her browser is told where to go on. */
  async function agree(url: string, headers: Record<string, string>) {
    const [browser, consent] = await openAndLogIn(world, url);
    Object.assign(browser.headers, headers);
    const fields = hiddenFields(consent);
    fields.set('action', 'agree');
    const agreed = await browser.request(consent.url, {
      method: 'POST',
      body: fields.toString(),
      headers: FORM,
    });
    const to = new URL(agreed.headers.get('location') ?? '', consent.url).href;
    const cookie = browser.cookieHeader(to);
    return { browser, consent, to, cookie };
  }

  /** A member agrees, and her browser goes on several times. */
  async function goOnTogether(url: string, headers: Record<string, string>) {
    const { browser, consent, to, cookie } = await agree(url, headers);
    const all = await whileNothingIsDeleted(() =>
      Array.from({ length: AT_ONCE }, () => browser.request(to, { headers: { cookie } })),
    );
    return { browser, consent, all };
  }

  const codesStored = async () =>
    (await world.db.query(`SELECT 1 FROM oidc_record WHERE model = 'AuthorizationCode'`)).rowCount;
  /** Another request, as of a replica that dies, has the answer until then. */
  const take = (resume: string, until: string) =>
    world.db.query(
      `UPDATE oidc_record SET consumed_at = ${until} WHERE model = 'Interaction' AND id = $1 RETURNING payload`,
      [digest(resume.split('/').at(-1) ?? '')],
    );
  const asked = () => startAuthorization(world, app);

  async function pushed() {
    const made = asked();
    const { body } = await post(`${tenantOf(world).issuer}/par`, new URL(made.url).searchParams);
    const { client_id } = app;
    const reference = new URLSearchParams({ client_id, request_uri: String(body['request_uri']) });
    return { ...made, url: `${tenantOf(world).issuer}/authorize?${reference}` };
  }

  it.each([
    ['a request', asked],
    ['a pushed request', pushed],
  ])('O60: gives the app of %s one code, and no error', async (_kind, begin) => {
    const before = (await codesStored()) ?? 0;
    const { url, verifier } = await begin();
    const { all } = await goOnTogether(url, {});
    const codes = all.filter(({ status }) => status === 303).map((page) => redirected(page).get('code'));
    const refused = all.filter(({ status }) => status !== 303);
    expect(codes).toEqual([expect.any(String)]);
    expect(refused.map(({ status }) => status)).toEqual(Array(AT_ONCE - 1).fill(400));
    for (const { html } of refused) expect(html).toMatch(/no longer valid|begin again/);
    expect(await codesStored()).toBe(before + 1);
    expect((await exchange(world, app, codes[0] ?? '', verifier)).status).toBe(200);
  });

  it.each([
    ['programs', {}],
    ['browsers', NAVIGATION],
  ])('makes one session and one next page of a login from which %s go on', async (_who, headers) => {
    await world.db.query(`DELETE FROM oidc_record WHERE model IN ('Session', 'Interaction')`);
    const browser = Object.assign(new Browser(world.url), { headers });
    const login = await browser.open(asked().url);
    const fields = hiddenFields(login);
    for (const [name, value] of [
      ['login', 'maria.many'],
      ['password', PASSWORD],
      ['action', 'login'],
    ] as const)
      fields.set(name, value);
    const post = { method: 'POST', body: fields.toString(), headers: FORM };
    const answer = await browser.request(login.url, post);
    const to = new URL(answer.headers.get('location') ?? '', login.url).href;
    const cookie = browser.cookieHeader(to);
    const all = await whileNothingIsDeleted(() =>
      Array.from({ length: AT_ONCE }, () => browser.request(to, { headers: { cookie } })),
    );
    const { rows } = await world.db.query<{ model: string }>(
      `SELECT model FROM oidc_record WHERE model IN ('Session', 'Interaction') ORDER BY model`,
    );
    expect(rows.map(({ model }) => model)).toEqual(['Interaction', 'Session']);
    for (const page of all.filter(({ status }) => status === 303)) {
      const next = new URL(page.headers.get('location') ?? '', page.url).href;
      expect((await browser.open(next)).html).toContain('Agree and share');
    }
  });

  it('O60: leads every navigation of the browser to the page with this code', async () => {
    const { url, verifier } = asked();
    const before = (await codesStored()) ?? 0;
    const { browser, all } = await goOnTogether(url, NAVIGATION);
    const next = all.map((page) => new URL(page.headers.get('location') ?? '', page.url).href);
    const codes = new Set<string>();
    for (const address of next)
      codes.add(/[?&;]code=([\w-]+)/.exec((await browser.open(address)).html)?.[1] ?? 'none');
    expect(all.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(303));
    expect(codes.size).toBe(1);
    expect(await codesStored()).toBe(before + 1);
    expect((await exchange(world, app, [...codes][0] ?? '', verifier)).status).toBe(200);
  });

  it.each([
    ['a program', {}],
    ['a browser', NAVIGATION],
  ])(
    'O60: changes nothing with a request of %s that is refused because another one goes on',
    async (_who, headers) => {
      const { url, verifier } = asked();
      const { browser, to, cookie } = await agree(url, headers);
      // Another replica has taken the answer, and dies before it has stored what comes of it.
      const { rows: before } = await take(to, "now() + interval '1 minute'");
      const refused = await browser.request(to, { headers: { cookie } });
      expect([refused.headers.getSetCookie(), refused.html.includes('code=')]).toEqual([[], false]);
      expect(before).toHaveLength(1);
      expect((await take(to, 'now()')).rows).toEqual(before);
      const resumed = await browser.request(to, { headers: { cookie } });
      expect(resumed.status).toBe(303);
      const next = new URL(resumed.headers.get('location') ?? '', to).href;
      const shown = next.startsWith(world.url) ? (await browser.open(next)).html : next;
      const code = /[?&;]code=([\w-]+)/.exec(shown)?.[1] ?? 'none';
      expect((await exchange(world, app, code, verifier)).status).toBe(200);
    },
  );

  it.each([
    ['a request', asked],
    ['a pushed request', pushed],
  ])('O60: goes on from the same answer of %s when its code could not be stored', async (_kind, begin) => {
    const { url, verifier } = await begin();
    const { browser, to, cookie } = await agree(url, {});
    await world.db.query(`
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE 'the database is shutting down' USING ERRCODE = 'admin_shutdown'; END$$;
      CREATE TRIGGER fail BEFORE INSERT ON oidc_record FOR EACH ROW WHEN (NEW.model = 'AuthorizationCode')
        EXECUTE FUNCTION fail()`);
    const failed = await browser.request(to, { headers: { cookie } });
    await world.db.query('DROP FUNCTION fail() CASCADE');
    expect([failed.status, failed.headers.getSetCookie()]).toEqual([503, []]);
    const code = redirected(await browser.request(to, { headers: { cookie } })).get('code') ?? 'none';
    expect((await exchange(world, app, code, verifier)).status).toBe(200);
  });

  it('O60: uses a pushed request for one of two answers, also when its code could not be stored', async () => {
    const { url } = await pushed();
    const [first, second] = [await agree(url, {}), await agree(url, {})];
    const uid = first.to.split('/').at(-1) ?? '';
    const go = async ({ browser, to, cookie }: typeof first) =>
      redirected(await browser.request(to, { headers: { cookie } }));
    await world.db.query(
      `UPDATE oidc_record SET consumed_at = now(), uid = $1
        WHERE id = (SELECT id FROM oidc_record WHERE model = 'PushedAuthorizationRequest' ORDER BY issued_at DESC LIMIT 1)`,
      [digest(uid)],
    );
    expect((await go(second)).get('error')).toBe('invalid_request_uri');
    expect((await go(first)).get('code')).toEqual(expect.any(String));
  });

  it('O60: shows a link to go on while another request has the answer, which leads on later', async () => {
    const { url, verifier } = asked();
    const { browser, to, cookie } = await agree(url, NAVIGATION);
    await take(to, "now() + interval '1 minute'");
    const refused = await browser.request(to, { headers: { cookie } });
    const page = await browser.open(new URL(refused.headers.get('location') ?? '', to).href);
    expect([page.status, page.html.includes('http-equiv="refresh"')]).toEqual([200, false]);
    expect(page.html).toContain(`<a class="button primary" href="${to}"`);
    expect(page.html).toContain(`on its way to ${new URL(app.redirect_uri).host}.`);
    await take(to, 'now()');
    const { html } = await browser.open(to);
    const code = /[?&;]code=([\w-]+)/.exec(html)?.[1] ?? 'none';
    expect((await exchange(world, app, code, verifier)).status).toBe(200);
  });
});
