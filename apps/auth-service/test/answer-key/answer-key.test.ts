/**
 * Who goes on with an answered page: only the browser that answered it, whatever other cookies another one has (security case
 * O122). The attacker has planted the cookies of the page, so both browsers have them, and asks first.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exchange, redirected, registerVerifiedApp, startAuthorization } from '../app.ts';
import { Browser, hiddenFields, type BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeAllEvents } from '../events.ts';
import {
  type FederatedWorld,
  federation,
  leaveAndLogIn,
  locationOf,
  startFederatedWorld,
} from '../federation/world.ts';
import { turnOnSecondFactor } from '../login/second-step.ts';
import { PASSWORD } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' };
/** Browsers say that they navigate. Programs, and browsers from before 2023, say nothing. */
const KINDS: [string, Record<string, string>][] = [
  ['browsers', NAVIGATION],
  ['programs', {}],
];

describe('an answered page', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  beforeEach(() => configure(all.world, { federation: federation(all.idp), passwordLogin: true }));
  afterEach(() => all.world.db.query('TRUNCATE throttle, second_factor CASCADE'));
  afterAll(() => all?.stop());

  const newBrowser = (headers: Record<string, string>): Browser =>
    Object.assign(new Browser(all.world.url), { headers: { ...headers } });
  const bodyOf = (page: BrowserPage, change: Record<string, string>): string => {
    const fields = hiddenFields(page);
    for (const [name, value] of Object.entries(change)) fields.set(name, value);
    return fields.toString();
  };
  const next = (page: BrowserPage): string => new URL(locationOf(page), page.url).href;
  const sessionsIn = ({ headers }: BrowserPage): string[] =>
    headers.getSetCookie().filter((line) => line.startsWith('northwind-session='));
  const resumeOf = ({ url }: BrowserPage): string => url.replace('/interaction/', '/oauth2/v1/authorize/');
  const recordsAreLeft = async () =>
    (await all.world.db.query('SELECT model, id, payload FROM oidc_record ORDER BY model, id')).rows;

  /** A browser at the login page, and a second one with all the cookies that it has there. */
  async function atLogin(headers: Record<string, string>) {
    const victim = newBrowser(headers);
    const { url, verifier } = startAuthorization(all.world, all.app);
    const login = await victim.open(url);
    return { victim, login, verifier, ...attackerWith(victim, login, headers) };
  }

  /** @returns what asks with the cookies that `victim` has now for a page and for where it goes on */
  function attackerWith(victim: Browser, page: BrowserPage, headers: Record<string, string>) {
    const withoutSession = (url: string) =>
      victim.cookieHeader(url).replaceAll(/northwind-session(?:\.sig)?=[^;]*(?:; |$)/g, '');
    const cookies = [withoutSession(page.url), withoutSession(resumeOf(page))];
    const ask = async (url: string, init: RequestInit = {}) => {
      const cookie = cookies[url.includes('/oauth2/') ? 1 : 0] ?? '';
      return newBrowser(headers).request(url, { ...init, headers: { ...FORM, cookie } });
    };
    return { ask };
  }

  /** Goes on as the attacker, from the resume and from the page, and expects to get nothing and to leave nothing. */
  async function expectNothing(
    page: BrowserPage,
    ask: (url: string, init?: RequestInit) => Promise<BrowserPage>,
  ): Promise<void> {
    await takeAllEvents(all.world);
    const before = await recordsAreLeft();
    for (const url of [resumeOf(page), page.url, `${page.url}?resumed`]) {
      const answer = await ask(url);
      const leads = answer.headers.get('location') ?? '';
      // Back to the page of which it has the cookie, and nowhere else.
      expect(leads === '' || leads.includes(new URL(page.url).pathname)).toBe(true);
      expect(answer.headers.getSetCookie().filter((line) => !/-language=|=;/.test(line))).toEqual([]);
      expect(answer.html).not.toMatch(/Agree|code=|Maria|Frida/);
      if (leads === '')
        expect([answer.status, answer.html]).toEqual([
          400,
          expect.stringMatching(/no longer valid|begin again/),
        ]);
    }
    expect(await recordsAreLeft()).toEqual(before);
  }

  describe.each(KINDS)('of %s', (_kind, headers) => {
    it('O122: gives the session of a password to nobody else', async () => {
      const { victim, login, ask } = await atLogin(headers);
      const body = bodyOf(login, { login: 'maria.many', password: PASSWORD, action: 'login' });
      const answer = await victim.request(login.url, { method: 'POST', body, headers: FORM });
      await expectNothing(login, ask);
      const ledOn = await victim.request(next(answer));
      expect(sessionsIn(ledOn).length).toBe(1);
      expect((await victim.open(next(ledOn))).html).toContain('Agree and share');
    });

    it('O122: gives the session of a second factor to nobody else, who guesses its code as well', async () => {
      const { authenticator } = await turnOnSecondFactor(all.world, all.app);
      const { victim, login, ask } = await atLogin(headers);
      const body = bodyOf(login, { login: 'maria.many', password: PASSWORD, action: 'login' });
      const code = await victim.open(login.url, { method: 'POST', body, headers: FORM });
      expect(code.html).toContain('Enter your code');
      const right = await authenticator.code();
      const shown = await ask(login.url);
      const answer = await victim.request(code.url, {
        method: 'POST',
        headers: FORM,
        body: bodyOf(code, { code: right, action: 'code' }),
      });
      await expectNothing(code, ask);
      const guess = bodyOf(shown, { code: right, action: 'code' });
      const guessed = await ask(login.url, { method: 'POST', body: guess });
      expect(guessed.headers.getSetCookie().filter((line) => /session|answer/.test(line))).toEqual([]);
      const ledOn = await victim.request(next(answer));
      expect(sessionsIn(ledOn).length).toBe(1);
    });

    it('O122: gives the session of a login at the plan’s provider to nobody else', async () => {
      const victim = newBrowser(headers);
      const { login, callback } = await leaveAndLogIn(all, 'u-frida', {}, victim);
      const { ask } = attackerWith(victim, login, headers);
      const answer = await victim.request(next(await victim.request(callback)));
      expect(next(answer)).toBe(resumeOf(login));
      await expectNothing(login, ask);
      const ledOn = await victim.request(next(answer));
      expect(sessionsIn(ledOn).length).toBe(1);
      expect((await victim.open(next(ledOn))).html).toContain('Frida Lund');
    });

    it('O122: gives the code of a consent to nobody else, also once it has its code', async () => {
      const { victim, login, verifier } = await atLogin(headers);
      const consent = await victim.logIn(login, 'maria.many', PASSWORD);
      const { ask } = attackerWith(victim, consent, headers);
      const body = bodyOf(consent, { action: 'agree' });
      const answer = await victim.request(consent.url, { method: 'POST', body, headers: FORM });
      await expectNothing(consent, ask);
      const ledOn = await victim.request(next(answer));
      await expectNothing(consent, ask);
      const goesOn = ledOn.headers.get('location')?.includes('code=')
        ? ledOn.headers.get('location')
        : /href="([^"]*code=[^"]*)"/.exec((await victim.open(next(ledOn))).html)?.[1];
      const code = new URL((goesOn ?? '').replaceAll('&amp;', '&')).searchParams.get('code') ?? '';
      expect((await exchange(all.world, all.app, code, verifier)).status).toBe(200);
    });

    it('O122: is not taken away by somebody who goes on before it is answered', async () => {
      const { victim, login, ask } = await atLogin(headers);
      const early = await ask(resumeOf(login));
      expect(early.headers.get('location') ?? login.url).toContain(new URL(login.url).pathname);
      expect((await victim.logIn(login, 'maria.many', PASSWORD)).html).toContain('Agree and share');
    });

    it('O122: of a refusal leads nobody else to the app', async () => {
      const { victim, login, ask } = await atLogin(headers);
      const body = bodyOf(login, { action: 'cancel' });
      const answer = await victim.request(login.url, { method: 'POST', body, headers: FORM });
      await expectNothing(login, ask);
      const ledOn = await victim.request(next(answer));
      const isAtApp = ledOn.headers.get('location')?.startsWith('https://app.example/');
      expect(isAtApp ? 'https' : (await victim.open(next(ledOn))).html).toMatch(/https|access_denied/);
    });
  });

  it('says so to a browser that has lost the cookie of its answer, and the trail has why', async () => {
    const { victim, login, ask } = await atLogin(NAVIGATION);
    const body = bodyOf(login, { login: 'maria.many', password: PASSWORD, action: 'login' });
    await victim.request(login.url, { method: 'POST', body, headers: FORM });
    await all.world.flush();
    await takeAllEvents(all.world);
    const answer = await ask(resumeOf(login));
    await all.world.flush();
    expect(await takeAllEvents(all.world)).toMatchObject([
      { kind: 'denied-attempts', reason: 'answered-elsewhere' },
    ]);
    const page = await ask(next(answer));
    expect([page.status, page.html]).toEqual([400, expect.stringContaining('no longer valid')]);
    // The same form, as after a press of the key that loads a page again, is the same answer.
    const again = await victim.open(login.url, { method: 'POST', body, headers: FORM });
    expect(again.html).toContain('Agree and share');
  });

  it('gives a browser that has nothing of the first press all of it with the second', async () => {
    const { victim, login } = await atLogin(NAVIGATION);
    const consent = await victim.logIn(login, 'maria.many', PASSWORD);
    const before = victim.cookieHeader(consent.url);
    const body = bodyOf(consent, { action: 'agree' });
    const post = { method: 'POST', body, headers: FORM };
    await victim.open(consent.url, post);
    const late = newBrowser(NAVIGATION);
    const second = await late.request(consent.url, { ...post, headers: { ...FORM, cookie: before } });
    expect(second.headers.getSetCookie().some((line) => line.startsWith('northwind-answer='))).toBe(true);
    const cookie = `${before}; ${late.cookieHeader(consent.url)}`;
    expect((await late.request(next(second), { headers: { cookie } })).html).toContain('code=');
  });

  it.each(['one after the other', 'at the same time'])(
    'leads on a browser that comes back from the plan’s provider twice, %s',
    async (when) => {
      const victim = newBrowser({ ...NAVIGATION, 'sec-fetch-site': 'cross-site' });
      const { login, callback } = await leaveAndLogIn(all, 'u-frida', {}, victim);
      const { ask } = attackerWith(victim, login, NAVIGATION);
      const back = next(await victim.request(callback));
      await takeAllEvents(all.world);
      // The browser gets nothing of the first answer.
      const first = ask(back);
      if (when === 'one after the other') await first;
      const second = await victim.open(back);
      expect([(await first).status, second.html]).toEqual([303, expect.stringContaining('Frida Lund')]);
      const refused = (await takeAllEvents(all.world)).filter(({ outcome }) => outcome !== '0');
      expect(refused).toEqual([]);
    },
  );

  it('O122: gives nobody the key who comes back from the plan’s provider with another code', async () => {
    const victim = newBrowser(NAVIGATION);
    const { login, callback } = await leaveAndLogIn(all, 'u-frida', {}, victim);
    const { ask } = attackerWith(victim, login, NAVIGATION);
    const back = next(await victim.request(callback));
    const answer = await victim.request(back);
    const guess = new URL(back);
    guess.searchParams.set('code', 'guess');
    const guessed = await ask(guess.href);
    expect([
      guessed.status,
      guessed.headers.getSetCookie().filter((line) => !/-language=|=;/.test(line)),
    ]).toEqual([400, []]);
    expect((await victim.open(next(answer))).html).toContain('Frida Lund');
  });

  it('has an answer of its own in each of two tabs', async () => {
    const app = await registerVerifiedApp(all.world);
    const browser = newBrowser({});
    const [first, second] = [startAuthorization(all.world, app), startAuthorization(all.world, app)];
    const pages = [await browser.open(first.url), await browser.open(second.url)];
    const consents = [];
    for (const page of pages) consents.push(await browser.logIn(page, 'maria.many', PASSWORD));
    for (const page of consents) {
      expect(page.html).toContain('Agree and share');
      expect(redirected(await browser.submit(page, 'agree')).get('code')).toMatch(/./);
    }
  });
});
