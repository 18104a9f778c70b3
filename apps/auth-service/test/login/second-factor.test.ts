import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { ACR } from '../../src/provider/authorization/login-policy.ts';
import { passwordPath, secondStepPath, securityPath } from '../../src/domain/urls.ts';
import {
  exchange,
  startAuthorization,
  openAndLogIn,
  redirected,
  registerVerifiedApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser, hiddenFields, type BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeActs, takeEvents } from '../events.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { keptNote, openCodeStep, secondStepUrl, turnOnSecondFactor, withCode } from './second-step.ts';

describe('a second factor', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());
  beforeEach(async () => {
    await world.db.query('TRUNCATE throttle, second_factor CASCADE');
    await takeEvents(world);
  });

  const pageUrl = (tenant?: string) => secondStepUrl(world, tenant);
  const overviewUrl = () => `${world.url}${securityPath('northwind')}`;
  const turnOn = () => turnOnSecondFactor(world, app);
  const atCode = (change?: Record<string, string>) => openCodeStep(world, app, change);

  /** Agrees on the consent page, and returns the claims of the id_token. */
  async function identity(
    browser: Browser,
    consent: BrowserPage,
    verifier: string,
  ): Promise<jose.JWTPayload> {
    const code = redirected(await browser.submit(consent, 'agree')).get('code') ?? '';
    const { body } = await exchange(world, app, code, verifier);
    return jose.decodeJwt(body['id_token'] as string);
  }

  it('is turned on by a code of the app, and its secret is stored nowhere in clear text', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const page = await browser.open(pageUrl());
    expect(page.html).toMatch(/<svg [^>]*viewBox/);
    expect(page.html).not.toMatch(/<script| style=|<img/);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'/,
    );
    const { code, recovery } = keptNote(page);
    expect(new Set(recovery).size).toBe(10);
    const wrong = await browser.submit(page, 'turn-on', withCode('000000'));
    expect(wrong.status).toBe(400);
    // The page shows the same key, because the member has scanned it already.
    expect(keptNote(wrong).code()).toBe(code());
    const done = await browser.submit(wrong, 'turn-on', withCode(code()));
    expect(done.html).toContain('From now on you are asked for a code');
    const { rows } = await world.db.query<{ row: string }>(
      'SELECT f::text || (SELECT string_agg(r::text, $1) FROM recovery_code r) AS row FROM second_factor f',
      [' '],
    );
    expect(rows).toHaveLength(1);
    for (const secret of [...recovery, recovery[0]?.replace('-', '') ?? '']) {
      expect(rows[0]?.row).not.toContain(secret);
    }
    expect((await takeActs(world)).at(-1)).toMatchObject({ action: 'second-factor-on', member: 'maria' });
  });

  it('is asked for after the password, and is in the id_token', async () => {
    const { authenticator } = await turnOn();
    const { url, verifier } = startAuthorization(world, app);
    const [browser, page] = await openAndLogIn(world, url);
    const consent = await browser.submit(page, 'code', withCode(` ${authenticator.code()} `));
    expect(consent.html).toContain('Share data with');
    const claims = await identity(browser, consent, verifier);
    expect(claims).toMatchObject({ acr: ACR.secondFactor, amr: ['pwd', 'otp', 'mfa'] });
    expect(claims['auth_time']).toBeGreaterThan(Date.now() / 1000 - 60);
    const logins = (await takeEvents(world)).filter(({ kind }) => kind === 'login').slice(-2);
    expect(logins).toMatchObject([
      { action: 'first-factor', method: 'password', outcome: '0', member: 'maria' },
      { action: 'login', method: 'totp', outcome: '0', member: 'maria' },
    ]);
  });

  it('is not in the id_token when the login has none', async () => {
    const { url, verifier } = startAuthorization(world, app);
    const [browser, consent] = await openAndLogIn(world, url);
    expect(await identity(browser, consent, verifier)).toMatchObject({ acr: ACR.password, amr: ['pwd'] });
  });

  it('O26: cannot be skipped by another action, address, acr_values or tab', async () => {
    await turnOn();
    const [browser, page] = await atCode({ acr_values: ACR.password, prompt: 'login' });
    for (const action of ['agree', 'choose', 'login', 'enrol', 'turn-on']) {
      const skipped = await browser.submit(page, action, (fields) => fields.set('kind', 'coverage'));
      expect(skipped.status).toBe(403);
    }
    const resume = page.url.replace('/interaction/', '/oauth2/v1/authorize/');
    // Without an answer nobody goes on.
    expect((await browser.open(resume)).status).toBe(400);
    const own = await browser.request(pageUrl());
    expect([own.status, new URL(own.headers.get('location') ?? '').searchParams.get('client_id')]).toEqual([
      303,
      'member-pages',
    ]);
    const silent = await browser.open(startAuthorization(world, app, { prompt: 'none' }).url);
    expect(redirected(silent).get('error')).toBe('login_required');
    expect((await browser.submit(page, 'code', withCode('123456'))).status).toBe(400);
  });

  it('accepts each code once, even if five requests come at the same time, and no earlier code', async () => {
    const { authenticator } = await turnOn();
    const code = authenticator.code();
    const tabs = await Promise.all(Array.from({ length: 5 }, () => atCode()));
    const answers = await Promise.all(
      tabs.map(([browser, page]) => browser.submit(page, 'code', withCode(code))),
    );
    expect(answers.filter(({ html }) => html.includes('Share data with'))).toHaveLength(1);
    await world.db.query('TRUNCATE throttle');
    const [browser, page] = await atCode();
    expect((await browser.submit(page, 'code', withCode(authenticator.code(-1)))).status).toBe(400);
    expect((await browser.submit(page, 'code', withCode(authenticator.code(3)))).status).toBe(400);
    expect((await browser.submit(page, 'code', withCode(authenticator.code(1)))).html).toContain(
      'Share data',
    );
  });

  it('accepts each recovery code once, as people type it', async () => {
    const { authenticator } = await turnOn();
    const [first = ''] = authenticator.recovery;
    const [browser, page] = await atCode();
    const typed = first.toUpperCase().replace('-', ' ');
    expect((await browser.submit(page, 'code', withCode(typed))).html).toContain('Share data with');
    expect((await takeEvents(world)).at(-1)).toMatchObject({ method: 'recovery-code', outcome: '0' });
    const [again, sameCode] = await atCode();
    expect((await again.submit(sameCode, 'code', withCode(first))).status).toBe(400);
    expect((await browser.open(pageUrl())).html).toContain('Recovery codes left: 9');
  });

  describe.each([
    ['U+0000', '\0'],
    ['half a character', 'half'],
  ])('of a login whose app sent %s', (_what, state) => {
    /** URLs cannot carry half a character. A signed request can. */
    const plantHalf = () =>
      world.db.query(
        String.raw`UPDATE oidc_record SET payload = replace(payload, '"half"', '"\ud83d"') WHERE model = 'Interaction'`,
      );
    const end = async (browser: Browser, action: string, fields: Record<string, string> = {}) => {
      const url = action === 'change-password' ? `${world.url}${passwordPath('northwind')}` : overviewUrl();
      return browser.submit(await browser.open(url), action, (form) => {
        for (const [name, value] of Object.entries(fields)) form.set(name, value);
      });
    };

    it.each(['end-others', 'change-password'])(
      'O64: waits no longer when its owner asks for %s',
      async (action) => {
        const { browser: here, authenticator } = await turnOn();
        const [there, page] = await atCode({ state });
        await plantHalf();
        const next = 'a quiet lemon on a bicycle';
        const done = await end(here, action, { current: PASSWORD, next, again: next });
        expect([done.status, new URL(done.url).searchParams.has('done')]).toEqual([200, true]);
        expect((await there.submit(page, 'code', withCode(authenticator.code()))).status).toBe(400);
        if (action === 'change-password')
          await end(here, action, { current: next, next: PASSWORD, again: PASSWORD });
      },
    );

    it('O64: ends with its session when its owner ends this one', async () => {
      await world.db.query(`DELETE FROM oidc_record WHERE model = 'Session'`);
      const [there, consent] = await openAndLogIn(world, startAuthorization(world, app, { state }).url);
      const { browser: here } = await turnOn();
      await plantHalf();
      const { html } = await here.open(overviewUrl());
      const [, session = ''] = /name="session" value="([^"]+)"/.exec(html) ?? [];
      expect((await end(here, 'end-session', { session })).html).toContain('That login has ended');
      expect((await there.submit(consent, 'agree')).status).toBe(400);
    });
  });

  it('has Spanish pages', async () => {
    await turnOn();
    const [browser, page] = await atCode();
    browser.headers['accept-language'] = 'es-US';
    expect((await browser.open(page.url)).html).toMatch(/Escriba su código[^]*¿No tiene teléfono ni códigos/);
    const wrong = await browser.submit(await browser.open(page.url), 'code', withCode('000000'));
    expect(wrong.html).toContain('Ese código no es correcto');
    expect((await browser.open(pageUrl())).html).toContain('<h1>Iniciar sesión</h1>');
  });

  it('is throttled like a password', async () => {
    const { authenticator } = await turnOn();
    const [browser, page] = await atCode();
    for (let n = 0; n < 5; n += 1) {
      browser.headers['x-forwarded-for'] = `203.0.113.${n}`;
      expect((await browser.submit(page, 'code', withCode('000000'))).status).toBe(400);
    }
    const refused = await browser.submit(page, 'code', withCode(authenticator.code()));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expect.any(String)]);
    expect(refused.html).toContain('Too many attempts');
  });

  it('is turned off only with a code', async () => {
    const { browser, done } = await turnOn();
    expect(done.html).toContain('Recovery codes left: 10');
    const wrong = await browser.submit(done, 'turn-off', withCode('000000'));
    expect(wrong.status).toBe(400);
    const { authenticator } = await (async () => {
      await world.db.query('TRUNCATE second_factor CASCADE');
      return turnOn();
    })();
    const page = await browser.open(pageUrl());
    const off = await browser.submit(page, 'turn-off', withCode(authenticator.recovery[3] ?? ''));
    expect(off.html).toContain('You are no longer asked for a code');
    const [, consent] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect(consent.html).toContain('Share data with');
    const actions = (await takeEvents(world)).map(({ action, outcome }) => `${action} ${outcome}`);
    expect(actions).toContain('second-factor-off 4');
    expect(actions).toContain('second-factor-off 0');
  });

  it('O08: is changed only by a post from its own page', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const page = await browser.open(pageUrl());
    const { code } = keptNote(page);
    const [other] = await openAndLogIn(world, startAuthorization(world, app).url, 'paul.parent');
    const theirs = await other.open(pageUrl());
    const foreignToken = hiddenFields(theirs).get('token') as string;
    for (const token of ['', foreignToken]) {
      const forged = await browser.submit(page, 'turn-on', (fields) => {
        fields.set('code', code());
        fields.set('token', token);
      });
      expect(forged.status).toBe(403);
    }
    // A key from another member's page.
    const foreignKey = await browser.submit(page, 'turn-on', (fields) => {
      fields.set('enrolment', hiddenFields(theirs).get('enrolment') as string);
      fields.set('code', keptNote(theirs).code());
    });
    expect(foreignKey.status).toBe(400);
    // Who is not logged in, or no longer, reads that nothing was changed.
    const late = await new Browser(world.url).submit(page, 'turn-on', withCode(code()));
    expect([late.status, late.html.includes('Nothing was changed.')]).toEqual([403, true]);
    expect((await world.db.query('SELECT 1 FROM second_factor')).rowCount).toBe(0);
  });

  it('is linked from the member’s other pages, also after the login', async () => {
    const browser = new Browser(world.url);
    const there = await browser.logIn(await browser.open(pageUrl()), 'maria.many', PASSWORD);
    expect([there.url, there.status]).toEqual([overviewUrl(), 200]);
    expect(there.html).toContain('Security of your login');
    expect(there.html).toContain(`href="${secondStepPath('northwind')}"`);
    for (const page of ['apps', 'access'])
      expect((await browser.open(overviewUrl().replace('security', page))).html).toContain('/security"');
  });

  describe('that the plan demands', () => {
    beforeAll(() => configure(world, { secondFactor: 'required' }));
    afterAll(() => configure(world, {}));

    it('is set up at the next login, before any data is shared', async () => {
      const { url, verifier } = startAuthorization(world, app);
      const [browser, page] = await openAndLogIn(world, url);
      expect(page.html).toContain('Your plan asks for a code');
      for (const action of ['agree', 'code', 'login'])
        expect((await browser.submit(page, action)).status).toBe(403);
      const { code } = keptNote(page);
      expect((await browser.submit(page, 'enrol', withCode('000000'))).status).toBe(400);
      const consent = await browser.submit(page, 'enrol', withCode(code()));
      expect(await identity(browser, consent, verifier)).toMatchObject({ acr: ACR.secondFactor });
    });

    it('is asked for in a session that was started without it', async () => {
      await configure(world, {});
      const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
      await configure(world, { secondFactor: 'required' });
      const page = await browser.open(startAuthorization(world, app).url);
      expect(page.html).toContain('id="password"');
      expect((await browser.logIn(page, 'maria.many', PASSWORD)).html).toContain('Your plan asks for a code');
    });

    it('is replaced, and not turned off', async () => {
      const [browser, enrol] = await openAndLogIn(world, startAuthorization(world, app).url);
      const { code, recovery } = keptNote(enrol);
      await browser.submit(enrol, 'enrol', withCode(code()));
      const page = await browser.open(pageUrl());
      expect(page.html).not.toContain('value="turn-off"');
      const off = await browser.submit(page, 'turn-off', withCode(recovery[0] ?? ''));
      expect([off.status, off.html]).toEqual([400, expect.stringContaining('cannot be turned off')]);
    });
  });

  it('is neither set up nor asked for if the plan does not offer it', async () => {
    await turnOn();
    await configure(world, { secondFactor: 'off' });
    const [browser, consent] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect(consent.html).toContain('Share data with');
    const page = await browser.open(pageUrl());
    expect([page.url, page.html.includes('second-step')]).toEqual([overviewUrl(), false]);
    await configure(world, {});
    expect((await new Browser(world.url).request(pageUrl('nowhere'))).status).toBe(404);
  });

  it('O25: says nothing of a login that another one without it has taken the place of', async () => {
    const { authenticator } = await turnOn();
    const [browser, page] = await atCode();
    await browser.submit(page, 'code', withCode(authenticator.recovery[0] ?? ''));
    const login = await browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
    const fields = hiddenFields(login);
    for (const [name, value] of Object.entries({ login: 'paul.parent', password: PASSWORD, action: 'login' }))
      fields.set(name, value);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answered = await browser.request(login.url, { method: 'POST', body: fields.toString(), headers });
    expect(answered.status).toBe(303);
    // Another page asks before the browser has gone on. The login before has ended, and this one has no session yet.
    const { url, verifier } = startAuthorization(world, app, { acr_values: ACR.secondFactor });
    const choose = await browser.logIn(await browser.open(url), 'paul.parent', PASSWORD);
    const consent = await browser.submit(choose, 'choose', (each) => each.set('member', 'paul'));
    expect(await identity(browser, consent, verifier)).toMatchObject({ acr: ACR.password, amr: ['pwd'] });
  });
});
