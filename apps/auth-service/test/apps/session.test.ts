import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { passwordPath } from '../../src/domain/urls.ts';
import { exchange, getTokens, post, redirected, refresh, registerApp, startAuthorization } from '../app.ts';
import { Browser, hiddenFields } from '../browser.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { openApps, revokeLinks, wordsOf } from './member.ts';

const LINK = '6f1c2d4e-0000-4000-8000-000000000001';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the session of a member at their own pages', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const logOutUrl = () => `${world.url}/auth/northwind/log-out`;

  it('ends when the log-out form of the page is posted, and not otherwise', async () => {
    const { browser, page } = await openApps(world);
    const fields = hiddenFields(page);
    const send = (body: string) => browser.open(logOutUrl(), { method: 'POST', body, headers: FORM });
    expect((await send('token=wrong')).url).toBe(tenantOf(world).appsPage);
    const out = await send(fields.toString());
    expect([new URL(out.url).pathname, wordsOf(out)]).toEqual([
      '/auth/northwind/logged-out',
      expect.stringContaining('You are logged out'),
    ]);
    expect(wordsOf(await browser.open(tenantOf(world).appsPage))).toContain('Password');
    // Sends the same cookies again, to show that the session itself has ended.
    expect(
      wordsOf(
        await browser.open(startAuthorization(world, { client_id: 'x', redirect_uri: 'x' } as never).url),
      ),
    ).toContain('This did not work');
  });

  it('takes an app with it that was connected for as long as she is logged in, and the pages say so', async () => {
    const app = await registerApp(world, { client_name: 'While There' });
    const { browser, page } = await openApps(world);
    const scope = 'launch/patient online_access patient/Coverage.rs';
    const { url, verifier } = startAuthorization(world, app, { scope });
    const answer = redirected(await browser.submit(await browser.open(url), 'agree'));
    const { body } = await exchange(world, app, answer.get('code') ?? '', verifier);
    const others = await getTokens(world, app, { scope: scope.replace('online', 'offline') });
    const password = await browser.open(`${world.url}${passwordPath('northwind')}`);
    const fields = hiddenFields(page).toString();
    const out = await browser.open(logOutUrl(), { method: 'POST', body: fields, headers: FORM });
    for (const each of [password, out])
      expect(wordsOf(each)).toMatch(
        /“While you are logged in” loses its access within ten minutes\. .*others/,
      );
    expect((await refresh(world, app, body['refresh_token'] as string)).status).toBe(400);
    expect((await refresh(world, app, others['refresh_token'] ?? '')).status).toBe(200);
  });

  it('ends also from a tab that has been open since before the last login, and not from another site', async () => {
    const { browser, page } = await openApps(world);
    const old = hiddenFields(page).toString();
    const logOut = (site: string) => {
      const headers = { ...FORM, 'sec-fetch-site': site };
      return browser.open(logOutUrl(), { method: 'POST', body: old, headers });
    };
    await logOut('same-origin');
    await browser.logIn(await browser.open(tenantOf(world).appsPage), 'paul.parent', PASSWORD);
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(wordsOf(await logOut(site))).toContain('Logged in as paul.parent');
    expect(wordsOf(await logOut('same-origin'))).toContain('You are logged out');
    expect(wordsOf(await browser.open(tenantOf(world).appsPage))).toContain('Password');
  });

  it('has the page say of such an app that its access has ended, after its last access token', async () => {
    const app = await registerApp(world, { client_name: 'Just Now' });
    const { browser, page } = await openApps(world, 'paul.parent');
    const scope = 'launch/patient online_access patient/Coverage.rs';
    const { url, verifier } = startAuthorization(world, app, { scope });
    const person = (fields: URLSearchParams) => fields.set('member', 'paul');
    const consent = await browser.submit(await browser.open(url), 'choose', person);
    const answer = redirected(await browser.submit(consent, 'agree'));
    await exchange(world, app, answer.get('code') ?? '', verifier);
    const over = /Just Now .* Until It has no access any more: it had it for one login only/;
    const tokens = `FROM oidc_record WHERE model = 'AccessToken' AND grant_id IN (SELECT grant_id FROM consent WHERE client_id = $1)`;
    await world.db.query(`DELETE ${tokens}`, [app.client_id]);
    expect(wordsOf(await browser.open(tenantOf(world).appsPage))).not.toMatch(over);
    const fields = hiddenFields(page).toString();
    await browser.open(logOutUrl(), { method: 'POST', body: fields, headers: FORM });
    const again = await openApps(world, 'paul.parent');
    expect(wordsOf(again.page)).toMatch(over);
    const [, receipt] = /href="([^"]*\/receipt)"/.exec(again.page.html) ?? [];
    for (const form of ['', '.html'])
      expect(wordsOf(await again.browser.request(`${world.url}${receipt}${form}`))).toMatch(
        /It has no access any more: it had it for one login only/,
      );
    // What she ends for another person is all that the app could still see.
    const offline = startAuthorization(world, app, { scope: scope.replace('online', 'offline') }).url;
    const child = (fields: URLSearchParams) => fields.set('member', 'cora');
    await again.browser.submit(
      await again.browser.submit(await again.browser.open(offline), 'choose', child),
      'agree',
    );
    const links = revokeLinks(await again.browser.open(tenantOf(world).appsPage), world);
    const ended = wordsOf(await again.browser.submit(await again.browser.open(links.at(-1) ?? ''), 'revoke'));
    expect(ended).toContain('“Just Now” can no longer see the data of');
    expect(ended).not.toContain('But it can still see');
  });

  it('that began in another tab meanwhile leaves a form undone, and the page says so', async () => {
    const app = await registerApp(world, { client_name: 'Other Tab' });
    await getTokens(world, app);
    const { browser, page } = await openApps(world);
    const question = await browser.open(revokeLinks(page, world)[0] as string);
    const password = await browser.open(`${world.url}${passwordPath('northwind')}`);
    await browser.open(logOutUrl(), { method: 'POST', body: hiddenFields(page).toString(), headers: FORM });
    await browser.logIn(await browser.open(tenantOf(world).appsPage), 'maria.many', PASSWORD);
    const asked = await browser.submit(question, 'revoke');
    expect([asked.status, wordsOf(asked)]).toEqual([403, expect.stringContaining('Nothing has ended yet')]);
    // A second press of the button is answered as the first one.
    for (const _press of [1, 2])
      expect(wordsOf(await browser.submit(asked, 'revoke'))).toContain(
        '“Other Tab” can no longer see your data.',
      );
    const refused = await browser.submit(password, 'change-password');
    expect([refused.status, wordsOf(refused)]).toEqual([403, expect.stringContaining('Nothing was changed')]);
    // No app has sent her here, and none waits.
    expect(wordsOf(refused)).not.toMatch(/go back to the app|Nothing was shared/);
    expect(refused.html).toContain('href="/auth/northwind/security"');
  });

  it('that has ended leads a member who ends an access back to the question, because nothing has ended yet', async () => {
    const app = await registerApp(world, { client_name: 'Still There' });
    await getTokens(world, app);
    const { browser, page } = await openApps(world);
    const question = await browser.open(revokeLinks(page, world)[0] as string);
    await browser.open(logOutUrl(), { method: 'POST', body: hiddenFields(page).toString(), headers: FORM });
    const login = await browser.submit(question, 'revoke');
    expect(wordsOf(login)).toContain('Password');
    const asked = await browser.logIn(login, 'maria.many', PASSWORD);
    expect([asked.url, wordsOf(asked)]).toEqual([
      question.url,
      expect.stringContaining('Stop “Still There”?'),
    ]);
    expect(wordsOf(await browser.submit(asked, 'revoke'))).toContain(
      '“Still There” can no longer see your data.',
    );
    const over = await browser.open(
      `${world.url}/auth/northwind/logged-in?state=${encodeURIComponent(question.url.split('/northwind/')[1] ?? '')}`,
    );
    expect(new URL(over.url).pathname).toBe('/auth/northwind/apps');
  });

  it.each(['security', 'security/password', 'security/second-step', 'card/links', `card/links/${LINK}`])(
    'that has ended has %s say that nothing was changed, before the page asks for a login',
    async (path) => {
      const url = `${world.url}/auth/northwind/${path}`;
      const body = new URLSearchParams({ token: 'of a session that is over', person: 'cora' });
      const refused = await new Browser(world.url).open(url, { method: 'POST', body });
      expect([refused.status, wordsOf(refused)]).toEqual([
        403,
        expect.stringContaining('Nothing was changed. Please open the page again.'),
      ]);
      const page = path.startsWith('card') ? 'card?person=cora' : 'security';
      expect(refused.html).toContain(`href="/auth/northwind/${page}"`);
    },
  );

  it('leads to a page and not to another login when the login was cancelled', async () => {
    const browser = new Browser(world.url);
    const login = await browser.open(tenantOf(world).appsPage);
    const out = await browser.submit(login, 'cancel');
    expect([out.status, new URL(out.url).pathname]).toEqual([200, '/auth/northwind/logged-out']);
    const nowhere = await browser.request(`${world.url}/auth/northwind/logged-in?state=https://evil.example`);
    expect(nowhere.headers.get('location')).toBe('/auth/northwind/logged-out');
  });

  it.each([
    ['card?person=cora', 'card?person=cora'],
    ['card?person=cora&ended=x', 'card?person=cora'],
    ['card?person=%2F%2Fevil.example', 'card'],
    ['access?person=selma&month=2026-05', 'access?person=selma&month=2026-05'],
    ['access?month=2026-05', 'access'],
    [`apps/${'g'.repeat(32)}/receipt.html`, `apps/${'g'.repeat(32)}/receipt`],
    ['apps/none/receipt', 'apps'],
  ])('leads a bookmark of %s to the login and then to %s', async (bookmark, page) => {
    const pages = `${world.url}/auth/northwind`;
    const login = await new Browser(world.url).request(`${pages}/${bookmark}`);
    const state = new URL(login.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const { browser } = await openApps(world, 'paul.parent');
    const back = await browser.request(`${pages}/logged-in?${new URLSearchParams({ state })}`);
    expect(back.headers.get('location')).toBe(`/auth/northwind/${page}`);
  });

  it('returns to a page of this service, whatever the state says', async () => {
    const { browser } = await openApps(world);
    const nowhere = [
      'card?person=//evil.example',
      'card?person=cora&ended=x',
      'access?person=',
      'email?person=x',
    ];
    for (const state of ['apps', '//evil.example', '../x', '', 'apps/x', 'apps/../../../x', ...nowhere]) {
      const back = await browser.request(
        `${world.url}/auth/northwind/logged-in?state=${encodeURIComponent(state)}`,
      );
      expect(back.headers.get('location')).toBe('/auth/northwind/apps');
    }
  });

  it('yields no token: the code of the built-in client cannot be redeemed, whatever scope was requested', async () => {
    const { browser } = await openApps(world);
    const { loggedIn, issuer } = tenantOf(world);
    const client = { client_id: 'member-pages', redirect_uri: loggedIn, tenant: 'northwind' };
    const before = await world.db.query('SELECT count(*)::int AS n FROM consent');
    for (const change of [{}, { prompt: 'consent' }, { scope: 'openid offline_access' }]) {
      const asked = startAuthorization(world, client, change);
      const answer = await browser.request(asked.url);
      const code = new URL(answer.headers.get('location') as string).searchParams.get('code');
      expect(code).toBeTruthy();
      const form = { grant_type: 'authorization_code', code: code as string, code_verifier: asked.verifier };
      const { status, body } = await post(
        `${issuer}/token`,
        new URLSearchParams({ ...form, client_id: client.client_id, redirect_uri: loggedIn }),
      );
      expect([status, body['error']]).toEqual([400, 'invalid_grant']);
    }
    const elsewhere = startAuthorization(world, { ...client, redirect_uri: 'https://evil.example/' });
    expect((await browser.request(elsewhere.url)).status).toBe(400);
    const after = await world.db.query('SELECT count(*)::int AS n FROM consent');
    expect(after.rows[0].n).toBe(before.rows[0].n);
  });

  it('of one plan is not valid at another', async () => {
    const { browser } = await openApps(world);
    const other = await browser.open(tenantOf(world, 'lakeside').appsPage);
    expect(wordsOf(other)).toContain('Password');
  });
});
