/**
 * A login of several steps belongs to the browser that has passed the first of them (security case O122). The attacker has
 * planted the cookies of the page, so both browsers have them.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { openAndLogIn, registerVerifiedApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import { configure } from '../configure.ts';
import {
  codeIn,
  JOINED_PASSWORD,
  JUANA,
  loadPlan,
  CARL,
  makeLogin,
  openForm,
  sayWho,
  typeCode,
} from '../joining/joiner.ts';
import { keptNote, turnOnSecondFactor, withCode } from '../login/second-step.ts';
import { takeAllEvents } from '../events.ts';
import { FROM, type MailWorld, noMailWaits, startMailWorld, takeMail } from '../mail/world.ts';
import { PASSWORD } from '../world.ts';

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' };
const SETTINGS = { nativeApps: true, join: {} };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a login of several steps', () => {
  let mails: MailWorld;
  let app: RegisteredApp;
  beforeAll(async () => {
    mails = await startMailWorld(SETTINGS);
    app = await registerVerifiedApp(mails.world);
    await loadPlan(mails.world);
  }, 60_000);
  afterEach(() => mails.world.db.query('TRUNCATE throttle, second_factor CASCADE'));
  afterAll(() => mails?.stop());

  /** Asks for the page with the cookies that the victim had when it was opened, and nothing else. */
  const attackerAt = (page: BrowserPage, planted: string) => (init: RequestInit) =>
    new Browser(mails.world.url).request(page.url, {
      ...init,
      headers: { ...NAVIGATION, ...FORM, cookie: planted },
    });
  const plantedIn = (browser: Browser, { url }: BrowserPage): string =>
    browser
      .cookieHeader(url)
      .split('; ')
      .filter((pair) => pair.startsWith('northwind-interaction'))
      .join('; ');

  /** Opens the step, and posts each of these forms. */
  async function expectShut(page: BrowserPage, planted: string, forms: string[]): Promise<void> {
    const ask = attackerAt(page, planted);
    for (const init of [{}, ...forms.map((body) => ({ method: 'POST', body }))]) {
      const { status, html, headers } = await ask(init);
      expect([status, html]).toEqual([400, expect.stringContaining('no longer valid')]);
      expect(headers.getSetCookie()).toEqual([]);
      expect(html).not.toMatch(/Juana|Maria|name="(?:code|password|enrolment)"/);
    }
  }

  it('O122: shows the set-up of a second factor to nobody who did not know the password', async () => {
    await configure(mails.world, { secondFactor: 'required', nativeApps: true });
    try {
      const [browser, enrol] = await openAndLogIn(mails.world, startAuthorization(mails.world, app).url);
      expect(enrol.html).toContain('name="enrolment"');
      await expectShut(enrol, plantedIn(browser, enrol), ['action=enrol&code=000000', 'action=cancel']);
      const code = await keptNote(enrol).codeBefore();
      expect((await browser.submit(enrol, 'enrol', withCode(code))).html).toContain('Agree and share');
    } finally {
      await configure(mails.world, { mail: { from: FROM }, ...SETTINGS });
    }
  });

  it('O122: takes the code of a second factor only from the browser that gave the password', async () => {
    const { authenticator } = await turnOnSecondFactor(mails.world, app);
    const [browser, page] = await openAndLogIn(mails.world, startAuthorization(mails.world, app).url);
    const body = hiddenFields(page);
    body.set('code', authenticator.code());
    body.set('action', 'code');
    await expectShut(page, plantedIn(browser, page), [body.toString(), 'action=cancel']);
    expect((await browser.submit(page, 'code', withCode(authenticator.code()))).html).toContain(
      'Agree and share',
    );
  });

  it('O122: lets nobody choose the login of a person who has proved who she is in another browser', async () => {
    const [browser, form] = await openForm(mails.world, app);
    const planted = plantedIn(browser, form);
    const asked = await sayWho(browser, form, JUANA);
    await expectShut(asked, planted, ['action=again']);
    const mail = await takeMail(mails);
    const proved = await typeCode(browser, asked, codeIn(mail));
    const mine = hiddenFields(proved);
    for (const [name, value] of Object.entries({ login: 'mallory', password: PASSWORD, repeat: PASSWORD }))
      mine.set(name, value);
    mine.set('action', 'make');
    await expectShut(proved, planted, [mine.toString()]);
    expect((await makeLogin(browser, proved, 'juana.joins')).html).toContain('Juana Ibáñez Ortega');
    const { rowCount } = await mails.world.db.query(`SELECT 1 FROM account WHERE login = 'mallory'`);
    expect(rowCount).toBe(0);
  });

  it('gives a browser that called off its first press the next step with the second one', async () => {
    await turnOnSecondFactor(mails.world, app);
    const browser = new Browser(mails.world.url);
    Object.assign(browser.headers, NAVIGATION);
    const login = await browser.open(startAuthorization(mails.world, app).url);
    const fields = hiddenFields(login);
    for (const [name, value] of Object.entries({ login: 'maria.many', password: PASSWORD, action: 'login' }))
      fields.set(name, value);
    const init = { method: 'POST', body: fields.toString() };
    // Its answer never arrives.
    await attackerAt(login, plantedIn(browser, login))(init);
    const next = await browser.open(login.url, { ...init, headers: FORM });
    expect(next.html).toContain('Enter your code');
    expect((await browser.open(login.url)).html).toContain('Enter your code');
  });

  /** Posts a form twice. Both requests have opened the page before one of them changes anything. */
  async function pressTwice(browser: Browser, page: BrowserPage, change: Record<string, string>) {
    const fields = hiddenFields(page);
    for (const [name, value] of Object.entries(change)) fields.set(name, value);
    const init = { method: 'POST', body: fields.toString(), headers: FORM };
    const lock = await mails.world.db.connect();
    await lock.query('BEGIN; LOCK TABLE throttle IN ACCESS EXCLUSIVE MODE');
    const held = `SELECT 1 FROM pg_locks WHERE relation = 'throttle'::regclass AND NOT granted`;
    const presses = [browser.request(page.url, init), browser.request(page.url, init)];
    await waitUntil(async () => (await lock.query(held)).rowCount === 2);
    await lock.query('COMMIT');
    lock.release();
    return Promise.all(presses);
  }

  /** Notices of the tests before may arrive first. */
  async function mailedCode(): Promise<string> {
    for (;;) {
      const code = (await mails.server.take()).map(codeIn).find((each) => each !== '');
      await noMailWaits(mails.world);
      if (code !== undefined) return code;
    }
  }

  it('leads both presses of a double click to the next step, and records no refusal', async () => {
    await configure(mails.world, { mail: { from: FROM }, ...SETTINGS, secondFactor: 'required' });
    try {
      const [browser, form] = await openForm(mails.world, app);
      Object.assign(browser.headers, NAVIGATION);
      const asked = await sayWho(browser, form, CARL);
      const code = await mailedCode();
      await takeAllEvents(mails.world);
      const keys = ({ headers }: BrowserPage) =>
        headers.getSetCookie().filter((line) => line.startsWith('northwind-answer='));
      const codes = await pressTwice(browser, asked, { code, action: 'join-code' });
      expect(codes.map((answer) => [answer.status, keys(answer).length])).toEqual([
        [303, 2],
        [303, 2],
      ]);
      const proved = await browser.open(asked.url);
      const chosen = { login: 'carl.joins', password: JOINED_PASSWORD, repeat: JOINED_PASSWORD };
      const made = await pressTwice(browser, proved, { ...chosen, action: 'make' });
      expect(made.map((answer) => [answer.status, keys(answer)])).toEqual([
        [303, keys(made[1] as BrowserPage)],
        [303, keys(made[0] as BrowserPage)],
      ]);
      expect((await browser.open(asked.url)).html).toContain('name="enrolment"');
      const refused = (await takeAllEvents(mails.world)).filter(({ outcome }) => outcome !== '0');
      expect(refused).toEqual([]);
    } finally {
      await configure(mails.world, { mail: { from: FROM }, ...SETTINGS });
    }
  });
});
