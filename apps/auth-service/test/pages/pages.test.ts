import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAuthorization, openAndLogIn, post, registerApp, type RegisteredApp } from '../app.ts';
import { Browser, hiddenFields, type BrowserPage, withoutTokens } from '../browser.ts';
import { configure } from '../configure.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('pages', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const openLogin = async (): Promise<[Browser, BrowserPage]> => {
    const browser = new Browser(world.url);
    return [browser, await browser.open(startAuthorization(world, app).url)];
  };

  it.each([
    ['https://app.example/callback', 'web', 'https://app.example'],
    ['http://127.0.0.1:1234/callback', 'native', 'http://127.0.0.1:1234'],
    ['http://[::1]:1234/callback', 'native', 'http:'],
    ['com.example.app:/callback', 'native', 'com.example.app:'],
  ])(
    'have strict security headers, which allow the last redirect to %s',
    async (uri, application_type, source) => {
      const client = await registerApp(world, { redirect_uris: [uri], application_type });
      const page = await new Browser(world.url).open(startAuthorization(world, client).url);
      expect(page.headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ${source}; frame-ancestors 'none'; base-uri 'none'`,
      );
      expect(Object.fromEntries(page.headers)).toMatchObject({
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'unsafe-none',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(page.html).not.toMatch(/<script|<img|javascript:| on[a-z]+=| style=/i);
    },
  );

  it('link the plan’s page for members who cannot log in, and no other kind of address', async () => {
    expect((await openLogin())[1].html).not.toContain('Help with logging in');
    await configure(world, { helpPage: 'https://northwind.example/login-help?from=<apps>' });
    const [browser, page] = await openLogin();
    const link =
      /<a href="https:\/\/northwind.example\/login-help\?from=&lt;apps&gt;" target="_blank" rel="noopener noreferrer"\s*>Help with logging in/;
    expect(page.html).toMatch(link);
    browser.headers['accept-language'] = 'es-US';
    expect((await browser.open(page.url)).html).toContain('Ayuda para iniciar sesión');
    for (const helpPage of ['javascript:alert(1)', 'http://northwind.example/', 'help'])
      await expect(configure(world, { helpPage })).rejects.toThrow(/helpPage/);
    await configure(world, {});
  });

  it('set cookies that neither scripts nor other sites can use', async () => {
    const [, page] = await openLogin();
    const first = await fetch(startAuthorization(world, app).url, { redirect: 'manual' });
    const cookies = first.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatch(/samesite=lax.*httponly/i);
    expect(page.status).toBe(200);
  });

  it('show texts of an app as text, without characters that change the direction', async () => {
    const hostile = await registerApp(world, {
      client_name: '<script>alert(1)</script>\u202E"\'&\u0000\uFEFF',
    });
    const browser = new Browser(world.url);
    const page = await browser.open(
      startAuthorization(world, hostile, { login_hint: '"><script>x</script>', state: '<script>s</script>' })
        .url,
    );
    expect(page.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;”');
    expect(page.html).not.toMatch(/<script/);
    const consent = await browser.logIn(page, 'maria.many', PASSWORD);
    expect(consent.html).toContain('Not verified by your plan');
    expect(consent.html).not.toMatch(/<script/);
    const error = await new Browser(world.url).open(
      startAuthorization(world, hostile, { client_id: '<script>c</script>' }).url,
    );
    expect(error.html).not.toMatch(/<script/);
  });

  it('refuse posts from elsewhere: without cookie, without token, or with those of another browser', async () => {
    const [browser, page] = await openLogin();
    const [other, otherPage] = await openLogin();
    const fields = hiddenFields(page);
    fields.set('action', 'login');
    fields.set('login', 'maria.many');
    fields.set('password', PASSWORD);
    expect((await post(page.url, fields)).status).toBe(400);
    fields.set('token', hiddenFields(otherPage).get('token') as string);
    expect(
      (await browser.request(page.url, { method: 'POST', body: fields.toString(), headers: FORM })).status,
    ).toBe(403);
    fields.delete('token');
    expect(
      (await browser.request(page.url, { method: 'POST', body: fields.toString(), headers: FORM })).status,
    ).toBe(403);
    // Another browser opens the page, or a link to it.
    expect((await other.request(page.url)).status).toBe(400);
    expect((await new Browser(world.url).request(page.url)).status).toBe(400);
    expect((await browser.request(page.url)).status).toBe(200);
  });

  it('accept one answer only, even if two come at the same time', async () => {
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    const fields = hiddenFields(page);
    fields.set('action', 'agree');
    const init = { method: 'POST', body: fields.toString(), headers: FORM };
    const before = await world.db.query('SELECT count(*)::int AS n FROM consent');
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.request(page.url, init)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
    const after = await world.db.query('SELECT count(*)::int AS n FROM consent');
    expect(after.rows[0].n - before.rows[0].n).toBe(1);
    expect((await browser.request(page.url, init)).status).toBe(400);
  });

  it('do not let a step be skipped', async () => {
    const [browser, page] = await openLogin();
    for (const action of ['agree', 'choose', 'deny', 'back', '', 'constructor', '__proto__']) {
      const skipped = await browser.submit(page, action, (fields) => fields.set('kind', 'coverage'));
      expect(skipped.status).toBe(403);
    }
  });

  it('do not reveal whether a login exists: the bytes are the same, and the time is similar', async () => {
    const [browser, page] = await openLogin();
    let attempts = 0;
    const attempt = async (login: string): Promise<[BrowserPage, number]> => {
      // Each request comes from another address, so that throttling does not answer.
      browser.headers['x-forwarded-for'] = `198.51.100.${(attempts += 1)}`;
      const started = performance.now();
      const answer = await browser.logIn(page, login, 'wrong password');
      return [answer, performance.now() - started];
    };
    const times: Record<string, number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 12; round += 1) {
      const [known, knownMs] = await attempt('maria.many');
      const [unknown, unknownMs] = await attempt('nobody.here');
      expect(withoutTokens(unknown.html)).toBe(withoutTokens(known.html));
      expect(unknown.status).toBe(known.status);
      times['known']?.push(knownMs);
      times['unknown']?.push(unknownMs);
    }
    const median = (values: number[] = []) => values.sort((a, b) => a - b)[values.length >> 1] as number;
    // Without a hash for unknown logins, these would be answered in a tenth of the time.
    expect(median(times['unknown'])).toBeGreaterThan(median(times['known']) / 2);
    for (const login of ['\u0000', 'x'.repeat(10_000), "' OR 1=1 --"]) {
      expect((await attempt(login))[0].status).toBe(400);
    }
  });

  it('let another person log in with the same browser', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const page = await browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
    expect(page.html).toContain('Password');
    const consent = await browser.logIn(page, 'paul.parent', PASSWORD);
    expect(consent.html).toContain('Whose data?');
    const chosen = await browser.submit(consent, 'choose', (fields) => fields.set('member', 'paul'));
    const answer = await browser.submit(chosen, 'agree');
    expect(answer.headers.get('location')).toMatch(/[?&]code=/);
  });
});
