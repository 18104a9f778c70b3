import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createPool } from '@patient-access/database';
import { tries } from '@patient-access/testing';
import { Accounts } from '../../src/domain/accounts/accounts.ts';
import { digest } from '../../src/domain/keys/secrets.ts';
import {
  startAuthorization,
  openAndLogIn,
  post,
  redirected,
  registerVerifiedApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser, hiddenFields, withoutTokens } from '../browser.ts';
import { takeEvents } from '../events.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const ROUNDS = tries(40, 150);
const TRIES = 3;
const SIGNIFICANCE = 0.01;

/** Two-sided p of Welch's t-test. With so many rounds, t is nearly normally distributed. */
function welch(a: number[], b: number[]): number {
  const mean = (x: number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = (x: number[]) => {
    const centre = mean(x);
    return x.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (x.length - 1);
  };
  const t = (mean(a) - mean(b)) / Math.sqrt(variance(a) / a.length + variance(b) / b.length);
  // Abramowitz and Stegun 26.2.17
  const z = Math.abs(t);
  const k = 1 / (1 + 0.2316419 * z);
  const poly = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail = poly.reduce((sum, factor, index) => sum + factor * k ** (index + 1), 0);
  return 2 * tail * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI));
}

describe('the login step', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  /** The stored session for the cookie of a browser. */
  async function sessionOf(browser: Browser): Promise<{ id: string; live: boolean }> {
    const [, id = ''] = /northwind-session=([^;]+)/.exec(browser.cookieHeader(`${world.url}/`)) ?? [];
    const { rowCount } = await world.db.query(
      `SELECT 1 FROM oidc_record WHERE model = 'Session' AND id = $1`,
      [digest(id)],
    );
    return { id, live: rowCount === 1 };
  }

  it('O26: is repeated for prompt=login and max_age only', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect((await browser.open(startAuthorization(world, app).url)).html).toContain('Share data with');
    expect((await browser.open(startAuthorization(world, app, { max_age: '600' }).url)).html).toContain(
      'Share data with',
    );
    const fresh = await browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
    expect(fresh.html).toContain('id="password"');
    // It cannot be skipped by leaving the page out.
    const around = fresh.url.replace('/interaction/', '/oauth2/v1/authorize/');
    expect((await browser.open(around)).status).toBe(400);
    browser.headers['sec-fetch-mode'] = 'navigate';
    expect((await browser.open(around)).html).toContain('id="password"');
    delete browser.headers['sec-fetch-mode'];
    await delay(2_100);
    const old = await browser.open(startAuthorization(world, app, { max_age: '1' }).url);
    expect(old.html).toContain('id="password"');
    const silent = await browser.open(startAuthorization(world, app, { max_age: '1', prompt: 'none' }).url);
    expect(redirected(silent).get('error')).toBe('login_required');
    expect((await browser.logIn(old, 'maria.many', PASSWORD)).html).toContain('Share data with');
  });

  it('O23: is filled in with login_hint, whether or not the login exists', async () => {
    const pages = await Promise.all(
      ['maria.many', 'nobody.her'].map(async (login_hint) => {
        const page = await new Browser(world.url).open(startAuthorization(world, app, { login_hint }).url);
        expect(page.html).toContain(`value="${login_hint}"`);
        return withoutTokens(page.html).replace(login_hint, '');
      }),
    );
    expect(pages[0]).toBe(pages[1]);
    const hostile = await new Browser(world.url).open(
      startAuthorization(world, app, { login_hint: '"><script>x</script>\u202E' }).url,
    );
    expect(hostile.html).toContain('value="&quot;&gt;&lt;script&gt;x&lt;/script&gt;"');
  });

  it('O25: gives the session a new id, so that a planted id is useless', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const before = await sessionOf(browser);
    expect(before.live).toBe(true);
    const page = await browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
    const planted = await sessionOf(browser);
    const cookies = browser.cookieHeader(`${world.url}/`);
    await browser.logIn(page, 'paul.parent', PASSWORD);
    const after = await sessionOf(browser);
    expect(after).toEqual({ id: expect.not.stringMatching(planted.id), live: true });
    const { rowCount } = await world.db.query(
      `SELECT 1 FROM oidc_record WHERE model = 'Session' AND id = $1`,
      [digest(planted.id)],
    );
    expect(rowCount).toBe(0);
    const attacker = await fetch(startAuthorization(world, app, { prompt: 'none' }).url, {
      headers: { cookie: cookies },
      redirect: 'manual',
    });
    expect(new URL(attacker.headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
  });

  it('O25: lets another person log in at a page that was open before the first one did', async () => {
    const browser = new Browser(world.url);
    const [early, later] = [startAuthorization(world, app), startAuthorization(world, app)];
    const [first, second] = [await browser.open(early.url), await browser.open(later.url)];
    const ofPaul = await browser.logIn(second, 'paul.parent', PASSWORD);
    expect(ofPaul.html).toContain('Whose data?');
    const consent = await browser.logIn(first, 'maria.many', PASSWORD);
    expect(consent.html).toContain('Agree and share');
    expect(redirected(await browser.submit(consent, 'agree')).get('code')).toMatch(/./);
    // The page of the login that the browser had before is over.
    expect((await browser.submit(ofPaul, 'choose', (fields) => fields.set('member', 'paul'))).status).toBe(
      400,
    );
  });

  it('O25: goes on with no login in a browser in which somebody else has logged in meanwhile', async () => {
    const browser = new Browser(world.url);
    const [early, later] = [startAuthorization(world, app), startAuthorization(world, app)];
    const [first, second] = [await browser.open(early.url), await browser.open(later.url)];
    const fields = hiddenFields(first);
    for (const [name, value] of Object.entries({ login: 'maria.many', password: PASSWORD, action: 'login' }))
      fields.set(name, value);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answered = await browser.request(first.url, { method: 'POST', body: fields.toString(), headers });
    const ofPaul = await browser.logIn(second, 'paul.parent', PASSWORD);
    const resumed = await browser.open(new URL(answered.headers.get('location') ?? '', first.url).href);
    expect([resumed.status, resumed.html]).toEqual([400, expect.stringContaining('no longer valid')]);
    expect(resumed.html).not.toContain('<script');
    expect((await browser.submit(ofPaul, 'choose', (each) => each.set('member', 'paul'))).html).toContain(
      'Agree and share',
    );
  });

  it('O25: stores no consent of a person in whose browser somebody else has logged in, or who has logged out', async () => {
    const consents = async () => (await world.db.query('SELECT 1 FROM consent')).rowCount;
    const [browser, ofMaria] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect(ofMaria.html).toContain('Agree and share');
    const before = await consents();
    const login = await browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
    expect((await browser.logIn(login, 'paul.parent', PASSWORD)).html).toContain('Whose data?');
    await takeEvents(world);
    const agreed = await browser.submit(ofMaria, 'agree');
    expect([agreed.status, agreed.html]).toEqual([400, expect.stringContaining('no longer valid')]);
    const [other, ofOther] = await openAndLogIn(world, startAuthorization(world, app).url);
    await world.db.query(`DELETE FROM oidc_record WHERE model = 'Session'`);
    expect((await other.submit(ofOther, 'deny')).status).toBe(400);
    expect(await consents()).toBe(before);
    expect((await takeEvents(world)).filter(({ kind }) => kind === 'consent')).toEqual([]);
  });

  it('O08: ignores a post from another site', async () => {
    const attacker = new Browser(world.url);
    const theirs = await attacker.open(startAuthorization(world, app).url);
    const victim = new Browser(world.url);
    const page = await victim.open(startAuthorization(world, app).url);
    const fields = hiddenFields(theirs);
    fields.set('action', 'login');
    fields.set('login', 'maria.many');
    fields.set('password', PASSWORD);
    // Posts to the attacker's page, to the victim's page with the attacker's token, and without any cookie.
    expect((await victim.request(theirs.url, { method: 'POST', body: fields })).status).toBe(400);
    expect((await victim.request(page.url, { method: 'POST', body: fields })).status).toBe(403);
    expect((await post(page.url, fields)).status).toBe(400);
    expect(
      (await victim.open(startAuthorization(world, app, { prompt: 'none' }).url)).headers.get('location'),
    ).toContain('login_required');
  });

  it('succeeds only when its event is stored', async () => {
    const browser = new Browser(world.url);
    const page = await browser.open(startAuthorization(world, app).url);
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      const answer = await browser.logIn(page, 'maria.many', PASSWORD);
      expect([answer.status, answer.headers.get('location')]).toEqual([500, null]);
      expect((await sessionOf(browser)).live).toBe(false);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    await takeEvents(world);
    await openAndLogIn(world, startAuthorization(world, app).url);
    expect((await takeEvents(world))[0]).toMatchObject({ kind: 'login', method: 'password', outcome: '0' });
  });

  it.each([
    ['right password', 'paul.parent', PASSWORD],
    ['wrong password', 'paul.parent', 'wrong'],
    ['unknown login', 'nobody.here', 'wrong'],
  ])('O23: asks the database once for a %s', async (_what, login, password) => {
    const pool = await createPool(world.databaseUrl, { max: 1 });
    let asked = 0;
    const query = pool.query.bind(pool) as (...given: unknown[]) => unknown;
    Object.assign(pool, { query: (...given: unknown[]) => ((asked += 1), query(...given)) });
    const { ok } = await new Accounts(pool, 'northwind').authenticate(login, password);
    await pool.end();
    expect([ok, asked]).toEqual([password === PASSWORD, 1]);
  });

  it('O23: takes the same time for known and unknown logins (t-test, best of three)', async () => {
    const pool = await createPool(world.databaseUrl, { max: 1 });
    const accounts = new Accounts(pool, 'northwind');
    const time = async (login: string) => {
      const started = performance.now();
      await accounts.authenticate(login, 'wrong');
      return performance.now() - started;
    };
    let p = 0;
    for (let tried = 0; tried < TRIES && p <= SIGNIFICANCE; tried += 1) {
      const known: number[] = [];
      const unknown: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        known.push(await time('paul.parent'));
        unknown.push(await time('nobody.here'));
      }
      p = welch(known, unknown);
      console.log(`login and password, known and unknown, ${ROUNDS} each: p = ${p.toFixed(3)}`);
    }
    await pool.end();
    expect(p).toBeGreaterThan(SIGNIFICANCE);
  }, 60_000);
});
