/** A request that is late changes nothing of a page that another one has answered meanwhile (security case O26). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { redirected, registerVerifiedApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import { turnOnSecondFactor } from '../login/second-step.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a late request', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerVerifiedApp(world);
    await turnOnSecondFactor(world, app);
  }, 60_000);
  afterEach(() => world.db.query('TRUNCATE throttle'));
  afterAll(() => world?.stop());

  /** Requests that check a password have opened their page, and wait. */
  async function holdPasswords() {
    const lock = await world.db.connect();
    await lock.query('BEGIN; LOCK TABLE throttle IN ACCESS EXCLUSIVE MODE');
    const held = `SELECT 1 FROM pg_locks WHERE relation = 'throttle'::regclass AND NOT granted`;
    return {
      whenHeld: () => waitUntil(async () => ((await lock.query(held)).rowCount ?? 0) > 0),
      async release() {
        await lock.query('COMMIT');
        lock.release();
      },
    };
  }

  function post(browser: Browser, page: BrowserPage, change: Record<string, string>) {
    const fields = hiddenFields(page);
    for (const [name, value] of Object.entries(change)) fields.set(name, value);
    return browser.request(page.url, { method: 'POST', body: fields.toString(), headers: FORM });
  }

  /** Somebody cancels while her right password, after which a code is needed, waits to be checked. */
  async function cancelMeanwhile(between: (browser: Browser, to: string) => Promise<void>) {
    const browser = new Browser(world.url);
    const login = await browser.open(startAuthorization(world, app).url);
    const passwords = await holdPasswords();
    const late = post(browser, login, { login: 'maria.many', password: PASSWORD, action: 'login' });
    await passwords.whenHeld();
    const cancelled = await post(browser, login, { action: 'cancel' });
    const to = new URL(cancelled.headers.get('location') ?? '', login.url).href;
    await between(browser, to);
    await passwords.release();
    return { browser, to, late: await late };
  }

  it('O26: leaves the answer as it is', async () => {
    const { browser, to, late } = await cancelMeanwhile(async () => {});
    expect([late.status, late.headers.getSetCookie()]).toEqual([400, []]);
    expect(redirected(await browser.open(to)).get('error')).toBe('access_denied');
  });

  it('O26: does not bring a page back that is over', async () => {
    const { to, late } = await cancelMeanwhile(async (browser, resume) => {
      expect(redirected(await browser.open(resume)).get('error')).toBe('access_denied');
    });
    expect(late.status).toBe(400);
    const uid = to.split('/').at(-1);
    const { rows } = await world.db.query(
      `SELECT 1 FROM oidc_record WHERE model = 'Interaction' AND payload LIKE $1`,
      [`%${uid}%`],
    );
    expect(rows).toEqual([]);
  });
});
