import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { passwordPath, securityPath } from '../../src/domain/urls.ts';
import { administer } from '../administration.ts';
import {
  getTokens,
  introspect,
  openAndLogIn,
  refresh,
  registerApp,
  startAuthorization,
  type RegisteredApp,
} from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeActs, takeEvents } from '../events.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const NEXT = 'a quiet lemon on a bicycle';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

describe('the security of a login', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());
  beforeEach(async () => {
    await world.db.query('TRUNCATE throttle, login_change');
    await takeEvents(world);
  });

  const overviewUrl = () => `${world.url}${securityPath('northwind')}`;
  const passwordUrl = () => `${world.url}${passwordPath('northwind')}`;

  /** A browser that is logged in, at the page of the login's security. */
  async function logIn(userAgent = FIREFOX, login = 'maria.many', password = PASSWORD) {
    const browser = new Browser(world.url);
    browser.headers['user-agent'] = userAgent;
    const page = await browser.logIn(await browser.open(overviewUrl()), login, password);
    return { browser, page };
  }

  async function change(browser: Browser, typed: { current?: string; next?: string; again?: string }) {
    const { current = PASSWORD, next = NEXT, again = next } = typed;
    return browser.submit(await browser.open(passwordUrl()), 'change-password', (fields) => {
      for (const [name, value] of Object.entries({ current, next, again })) fields.set(name, value);
    });
  }
  const atLogin = ({ html }: BrowserPage) => html.includes('name="login"');
  const activeOf = async (tokens: Record<string, string>) =>
    (await introspect(world, tokens['access_token'] ?? '')).body['active'];

  it('O64: a changed password keeps the grants and this session, and ends the other sessions', async () => {
    const tokens = await getTokens(world, app);
    const [here, there] = [await logIn(), await logIn(IPHONE)];
    const [tab, consent] = await openAndLogIn(world, startAuthorization(world, app).url);
    await takeEvents(world);
    const done = await change(here.browser, {});
    expect([done.url, wordsOf(done)]).toEqual([
      `${overviewUrl()}?done=password`,
      expect.stringMatching(/Your password is changed.*You changed the password/),
    ]);
    expect(atLogin(await there.browser.open(overviewUrl()))).toBe(true);
    // A consent page that was open in another browser cannot be answered any more.
    expect((await tab.submit(consent, 'agree')).status).toBe(400);
    expect(await activeOf(tokens)).toBe(true);
    expect((await refresh(world, app, tokens['refresh_token'] ?? '')).status).toBe(200);
    expect(atLogin((await logIn()).page)).toBe(true);
    expect(atLogin((await logIn(FIREFOX, 'maria.many', NEXT)).page)).toBe(false);
    expect(await takeEvents(world)).toContainEqual(
      expect.objectContaining({ kind: 'login', action: 'password-change', outcome: '0', member: 'maria' }),
    );
    const back = await change((await logIn(FIREFOX, 'maria.many', NEXT)).browser, {
      current: NEXT,
      next: PASSWORD,
    });
    expect(back.status).toBe(200);
  });

  it.each<[string, { current?: string; next?: string; again?: string }, string]>([
    ['another present one', { current: 'not her password at all' }, 'is not right'],
    ['two different new ones', { again: 'a quiet lemon on a tricycle' }, 'are not the same'],
    ['the present one as the new one', { next: PASSWORD }, 'that you have now'],
    ['a short one', { next: 'x' }, 'It needs 15 or more characters'],
    ['a common one', { next: 'Password1234567' }, 'Many people use that password'],
    ['a row of keys', { next: 'qwertyuiop12345' }, 'follows the keys'],
    ['the name of the plan', { next: 'NorthwindHealth2026' }, 'words that people expect'],
    ['her own name', { next: 'MariaCastellan1985' }, 'words that people expect'],
  ])('O63: a password is not changed with %s, and the page says why', async (_what, typed, why) => {
    const { browser } = await logIn();
    const refused = await change(browser, typed);
    expect([refused.status, wordsOf(refused)]).toEqual([400, expect.stringContaining(why)]);
    expect(refused.html).not.toContain(`"${typed.next ?? NEXT}"`);
    expect(atLogin((await logIn()).page)).toBe(false);
  });

  it('O64: says after a second press of the button that the password is changed', async () => {
    const { browser } = await logIn();
    const page = await browser.open(passwordUrl());
    const press = () =>
      browser.submit(page, 'change-password', (fields) => {
        for (const [name, value] of Object.entries({ current: PASSWORD, next: NEXT, again: NEXT }))
          fields.set(name, value);
      });
    expect(wordsOf(await press())).toContain('Your password is changed');
    const second = await press();
    expect([second.status, wordsOf(second)]).toEqual([
      400,
      expect.stringContaining('Your password was changed a moment ago.'),
    ]);
    await change(browser, { current: NEXT, next: PASSWORD });
  });

  it('tells a password manager whose password is changed', async () => {
    const { html } = await (await logIn()).browser.open(passwordUrl());
    expect(html).toContain(
      '<input type="text" name="username" autocomplete="username" value="maria.many" hidden readonly />',
    );
  });

  it('O64: whoever has only the session cannot guess the password', async () => {
    const { browser } = await logIn();
    const guess = () => change(browser, { current: 'not her password at all' });
    for (let n = 0; n < 5; n += 1) expect((await guess()).status).toBe(400);
    const refused = await change(browser, {});
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expect.any(String)]);
    const failed = (await takeEvents(world)).filter(
      ({ action, outcome }) => action === 'password-change' && outcome === '4',
    );
    expect(failed).toHaveLength(5);
  });

  it('O64: of two changes at the same time one is made', async () => {
    const [one, two] = [await logIn(), await logIn()];
    const answers = await Promise.all([
      change(one.browser, { next: 'the first of two bicycles' }),
      change(two.browser, { next: 'the second of two lemons' }),
    ]);
    expect(answers.filter((page) => wordsOf(page).includes('Your password is changed'))).toHaveLength(1);
    await world.db.query('TRUNCATE throttle');
    for (const password of ['the first of two bicycles', 'the second of two lemons']) {
      const { browser, page } = await logIn(FIREFOX, 'maria.many', password);
      if (!atLogin(page)) await change(browser, { current: password, next: PASSWORD });
    }
    expect(atLogin((await logIn()).page)).toBe(false);
  });

  it('O64: lists the sessions of this login and of no other, and ends one of them', async () => {
    await world.db.query(`DELETE FROM oidc_record WHERE model = 'Session'`);
    const here = await logIn();
    const there = await logIn(IPHONE);
    const paul = await logIn('curl/8', 'paul.parent');
    const page = await here.browser.open(overviewUrl());
    const words = wordsOf(page);
    expect(words).toMatch(/Firefox, Linux.*This browser/);
    expect(words).toMatch(/Safari, iPhone/);
    expect(wordsOf(paul.page)).toMatch(/A browser that did not say its name.*This browser/);
    const uids = [...page.html.matchAll(/name="session" value="([^"]+)"/g)].map(([, uid]) => uid as string);
    expect(uids).toHaveLength(1);
    const end = (browser: Browser, from: BrowserPage, uid: string) =>
      browser.submit(from, 'end-session', (fields) => fields.set('session', uid));
    // Another login cannot end it.
    await end(paul.browser, await paul.browser.open(overviewUrl()), uids[0] ?? '');
    expect(atLogin(await there.browser.open(overviewUrl()))).toBe(false);
    // It ends with its event or not at all.
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await end(here.browser, page, uids[0] ?? '')).status).toBeGreaterThanOrEqual(500);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect(atLogin(await there.browser.open(overviewUrl()))).toBe(false);
    expect(wordsOf(await end(here.browser, page, uids[0] ?? ''))).toMatch(
      /That login has ended.*You ended another login/,
    );
    expect(atLogin(await there.browser.open(overviewUrl()))).toBe(true);
    expect(atLogin(await here.browser.open(overviewUrl()))).toBe(false);
    expect((await takeActs(world)).at(-1)).toMatchObject({ action: 'sessions-end', outcome: '0' });
  });

  it('O64: ends all other sessions at once, and no grant', async () => {
    const tokens = await getTokens(world, app);
    const [here, one, two] = [await logIn(), await logIn(IPHONE), await logIn()];
    const done = await here.browser.submit(await here.browser.open(overviewUrl()), 'end-others');
    expect(wordsOf(done)).toContain('All your other logins have ended');
    for (const { browser } of [one, two]) expect(atLogin(await browser.open(overviewUrl()))).toBe(true);
    expect(await activeOf(tokens)).toBe(true);
  });

  /** Runs `work` up to what it stores while `end` has ended sessions and is not committed, and then both to their end. */
  async function duringTheEnd<Result>(end: () => Promise<unknown>, work: () => Promise<Result>) {
    const lock = await world.db.connect();
    const waiting = (processes: number) =>
      waitUntil(async () => {
        const text = 'SELECT DISTINCT pid FROM pg_locks WHERE NOT granted';
        return ((await lock.query(text)).rowCount ?? 0) >= processes;
      });
    try {
      // What ends sessions writes here afterwards.
      await lock.query('BEGIN; LOCK TABLE login_change IN SHARE MODE');
      const ended = end();
      await waiting(1);
      const worked = work();
      await waiting(2);
      await lock.query('COMMIT');
      await ended;
      return await worked;
    } finally {
      lock.release(true);
    }
  }

  const ENDS: { by: string; end(here: Browser): Promise<unknown> }[] = [
    { by: 'a new password', end: (here) => change(here, {}) },
    { by: 'the member', end: async (here) => here.submit(await here.open(overviewUrl()), 'end-others') },
    { by: 'the plan', end: () => administer(world, 'DELETE', 'northwind/logins/maria.many/sessions') },
  ];
  async function setPasswordBack() {
    const { browser, page } = await logIn(FIREFOX, 'maria.many', NEXT);
    if (!atLogin(page)) await change(browser, { current: NEXT, next: PASSWORD });
  }

  it.each(ENDS)(
    'O64: is not brought back by a request under way when $by ends sessions',
    async ({ by, end }) => {
      const [here, there] = [await logIn(), await logIn(IPHONE)];
      await duringTheEnd(
        () => end(here.browser),
        () => there.browser.open(startAuthorization(world, app).url),
      );
      expect(atLogin(await there.browser.open(overviewUrl()))).toBe(true);
      expect(atLogin(await here.browser.open(overviewUrl()))).toBe(by === 'the plan');
      await setPasswordBack();
    },
  );

  it.each(ENDS)('O64: does not begin by a login under way when $by ends sessions', async ({ end }) => {
    const here = await logIn();
    const late = await duringTheEnd(
      () => end(here.browser),
      () => logIn(IPHONE),
    );
    expect(wordsOf(late.page)).toContain('You are logged out');
    expect(atLogin(await late.browser.open(overviewUrl()))).toBe(true);
    await setPasswordBack();
  });

  it.each(ENDS)(
    'O64: does not begin in the browser of another login when $by ends sessions',
    async ({ by, end }) => {
      await world.db.query(`DELETE FROM oidc_record WHERE model = 'Session'`);
      const [here, paul] = [await logIn(), await logIn(IPHONE, 'paul.parent')];
      const form = await paul.browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
      await duringTheEnd(
        () => end(here.browser),
        () => paul.browser.logIn(form, 'maria.many', PASSWORD),
      );
      const { rowCount } = await world.db.query(
        `SELECT FROM oidc_record r JOIN account a ON a.tenant = r.tenant AND a.sub::text = r.sub
          WHERE r.model = 'Session' AND a.login = 'maria.many'`,
      );
      expect(rowCount).toBe(by === 'the plan' ? 0 : 1);
      await setPasswordBack();
    },
  );

  it('O08: is changed only by a post of its own page', async () => {
    const [here, there] = [await logIn(), await logIn(IPHONE)];
    const page = await here.browser.open(overviewUrl());
    const forge = (action: string, from: BrowserPage, token: string) =>
      here.browser.submit(from, action, (fields) => fields.set('token', token));
    for (const token of ['', 'x'.repeat(43)]) {
      expect((await forge('end-others', page, token)).status).toBe(403);
      const form = await here.browser.open(passwordUrl());
      expect((await forge('change-password', form, token)).status).toBe(403);
    }
    here.browser.headers['sec-fetch-site'] = 'cross-site';
    expect((await here.browser.submit(page, 'end-others')).status).toBe(403);
    expect(atLogin(await there.browser.open(overviewUrl()))).toBe(false);
  });

  it('ends by the plan’s staff, and the member reads of it', async () => {
    const { browser } = await logIn();
    expect((await administer(world, 'DELETE', 'northwind/logins/Maria.Many/sessions')).status).toBe(204);
    expect((await administer(world, 'DELETE', 'northwind/logins/nobody/sessions')).status).toBe(404);
    expect(atLogin(await browser.open(overviewUrl()))).toBe(true);
    expect(wordsOf((await logIn()).page)).toContain('Your plan ended all your logins');
    const password = { password: 'x' };
    const refused = await administer(world, 'PUT', 'northwind/logins/maria.many/password', password);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('15 characters')]);
  });

  it('has no password of ours where members log in without one, and is read in Spanish', async () => {
    const { browser } = await logIn();
    await configure(world, { passwordLogin: false });
    const page = await browser.open(passwordUrl());
    expect([page.url, page.html.includes('/security/password')]).toEqual([overviewUrl(), false]);
    await configure(world, {});
    browser.headers['accept-language'] = 'es-US';
    expect(wordsOf(await browser.open(overviewUrl()))).toMatch(/Seguridad de su cuenta.*Este navegador/);
    expect(wordsOf(await browser.open(passwordUrl()))).toContain('Use 15 caracteres o más');
  });
});
