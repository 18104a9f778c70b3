import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  exchange,
  getTokens,
  startAuthorization,
  redirected,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser, type BrowserPage, withoutTokens } from '../browser.ts';
import { takeEvents } from '../events.ts';
import { verifyPassword } from '../../src/domain/accounts/password.ts';
import { holdThreads } from '../passwords.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const FREE = 5;

describe('too many attempts to log in', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());
  beforeEach(async () => {
    await world.db.query('TRUNCATE throttle');
    await takeEvents(world);
  });

  async function atLogin(address: string, browser = new Browser(world.url)): Promise<[Browser, BrowserPage]> {
    browser.headers['x-forwarded-for'] = address;
    return [browser, await browser.open(startAuthorization(world, app, { prompt: 'login' }).url)];
  }

  /** @returns the last answer */
  async function fail(login: string, address: string, times: number): Promise<BrowserPage> {
    const [browser, page] = await atLogin(address);
    let answer = page;
    for (let n = 0; n < times; n += 1) answer = await browser.logIn(page, login, 'wrong');
    return answer;
  }

  async function tryRight(login: string, address: string): Promise<BrowserPage> {
    const [browser, page] = await atLogin(address);
    return browser.logIn(page, login, PASSWORD);
  }

  /** Makes the failures older. */
  const passTime = (seconds: number) =>
    world.db.query(
      `UPDATE throttle SET blocked_until = blocked_until - make_interval(secs => $1),
                           expires_at = expires_at - make_interval(secs => $1)`,
      [seconds],
    );

  it('O23: get the same bytes, status and waiting time, whether or not the login exists', async () => {
    const answers: BrowserPage[] = [];
    for (const login of ['maria.many', 'nobody.here']) {
      const [browser, page] = await atLogin('203.0.113.1');
      for (let n = 0; n < FREE; n += 1) expect((await browser.logIn(page, login, 'wrong')).status).toBe(400);
      answers.push(await browser.logIn(page, login, login === 'maria.many' ? PASSWORD : 'wrong'));
    }
    const [known, unknown] = answers.map(({ status, html, headers }) => ({
      status,
      html: withoutTokens(html),
      wait: Number(headers.get('retry-after')),
      names: [...headers.keys()].filter((name) => name !== 'x-request-id').sort(),
    }));
    expect(known?.status).toBe(429);
    expect(known?.html).toContain('Too many attempts. Please try again in 1 minute.');
    expect(known?.wait).toBeGreaterThan(50);
    expect(Math.abs((known?.wait ?? 0) - (unknown?.wait ?? 0))).toBeLessThanOrEqual(2);
    expect({ ...unknown, wait: 0 }).toEqual({ ...known, wait: 0 });
  });

  it('are accepted again after a wait, which doubles up to a quarter of an hour', async () => {
    await fail('maria.many', '203.0.113.2', FREE);
    const waits: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      const refused = await tryRight('maria.many', '203.0.113.2');
      expect(refused.status).toBe(429);
      waits.push(Math.ceil(Number(refused.headers.get('retry-after')) / 60));
      await passTime(Number(refused.headers.get('retry-after')) + 1);
      if (n < 6) expect((await fail('maria.many', '203.0.113.2', 1)).status).toBe(400);
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
    expect((await tryRight('maria.many', '203.0.113.2')).html).toContain('Share data with');
    // A successful login resets the count.
    expect((await fail('maria.many', '203.0.113.2', FREE - 1)).status).toBe(400);
    expect((await tryRight('maria.many', '203.0.113.2')).html).toContain('Share data with');
  });

  it('do not make the wait longer while it lasts', async () => {
    await fail('maria.many', '203.0.113.3', FREE);
    const first = await tryRight('maria.many', '203.0.113.3');
    await fail('maria.many', '203.0.113.3', 20);
    const later = await tryRight('maria.many', '203.0.113.3');
    expect(Number(later.headers.get('retry-after'))).toBeLessThanOrEqual(
      Number(first.headers.get('retry-after')),
    );
  });

  it('from one address do not affect the member at another address', async () => {
    expect((await fail('maria.many', '203.0.113.4', 3 * FREE)).status).toBe(429);
    expect((await tryRight('maria.many', '203.0.113.5')).html).toContain('Share data with');
  });

  it('from many addresses stop strangers for minutes, and never a known device', async () => {
    const [known] = await atLogin('203.0.113.6');
    const again = await known.open(startAuthorization(world, app).url);
    expect((await known.logIn(again, 'maria.many', PASSWORD)).html).toContain('Share data with');
    for (let n = 0; n < 6; n += 1) await fail('maria.many', `198.51.100.${n}`, FREE);
    const stranger = await tryRight('maria.many', '192.0.2.1');
    expect(stranger.status).toBe(429);
    expect(Number(stranger.headers.get('retry-after'))).toBeLessThanOrEqual(300);
    const [, page] = await atLogin('203.0.113.6', known);
    expect((await known.logIn(page, 'maria.many', PASSWORD)).html).toContain('Share data with');
    // A device is known for one login only, and its own wrong passwords count.
    const [, other] = await atLogin('203.0.113.6', known);
    for (let n = 0; n < FREE; n += 1) await known.logIn(other, 'paul.parent', 'wrong');
    expect((await known.logIn(other, 'paul.parent', PASSWORD)).status).toBe(429);
    for (let n = 0; n < 10; n += 1) await known.logIn(other, 'maria.many', 'wrong');
    expect((await known.logIn(other, 'maria.many', PASSWORD)).status).toBe(429);
  });

  it('at the same time are counted exactly, and do not delay token requests', async () => {
    const { code, verifier } = await (async () => {
      const { url, verifier } = startAuthorization(world, app);
      const browser = new Browser(world.url);
      const consent = await browser.logIn(await browser.open(url), 'paul.parent', PASSWORD);
      const chosen = await browser.submit(consent, 'choose', (fields) => fields.set('member', 'paul'));
      return { code: redirected(await browser.submit(chosen, 'agree')).get('code') ?? '', verifier };
    })();
    await world.db.query('TRUNCATE throttle');
    const [browser, page] = await atLogin('203.0.113.8');
    const attempts = Array.from({ length: 20 }, () => browser.logIn(page, 'maria.many', 'wrong'));
    const token = await exchange(world, app, code, verifier);
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    expect(token.status).toBe(200);
    expect(statuses.filter((status) => status === 400)).toHaveLength(FREE);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20 - FREE);
  });

  it('beyond the number of parallel password checks get a 503 and are not counted', async () => {
    const visitors: [Browser, BrowserPage][] = [];
    // One after the other: a page that a busy machine refused has no form, and its answer would not be an attempt.
    for (let n = 0; n < 60; n += 1) visitors.push(await atLogin(`192.0.2.${n + 1}`));
    expect(visitors.map(([, { html }]) => html.includes('name="password"'))).not.toContain(false);
    const answers = await Promise.all(
      visitors.map(([browser, page], n) => browser.logIn(page, `flood.${n}`, 'wrong')),
    );
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy.length + answers.filter(({ status }) => status === 400).length).toBe(60);
    expect(busy[0]?.headers.get('retry-after')).toBe('5');
    // The login page is shown again, and no error page.
    for (const { html } of busy) {
      expect(html).toContain('name="password"');
      expect(html).toContain('Many people are logging in right now.');
    }
    const { rows } = await world.db.query('SELECT sum(failures)::int AS n FROM throttle');
    // Each checked attempt counts for its login, its address, both together, and the plan.
    expect(rows[0].n).toBe(4 * (60 - busy.length));
  });

  it('that cannot be checked in time get a 503 while the gateway still waits, and are not counted', async () => {
    const [browser, page] = await atLogin('192.0.2.100');
    const letGo = holdThreads();
    const before = Array.from({ length: availableParallelism() }, () =>
      verifyPassword(undefined, 'anything'),
    );
    try {
      // The checks before it do not end until this is answered.
      const answer = await browser.logIn(page, 'maria.many', PASSWORD);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(answer.html).toContain('Many people are logging in right now.');
    } finally {
      await letGo();
      await Promise.allSettled(before);
    }
    const { rows } = await world.db.query('SELECT sum(failures)::int AS n FROM throttle');
    expect(rows[0].n).toBe(0);
  }, 30_000);

  it('cause one event each, and one for each wait; the stored keys are opaque', async () => {
    await fail('maria.many', '203.0.113.9', FREE + 10);
    const reasons = (await takeEvents(world)).map(({ kind, method, reason }) => [kind, method, reason]);
    expect(reasons).toEqual([
      ...Array.from({ length: FREE }, () => ['login', 'password', 'wrong-password']),
      ['login', 'password', 'too-many-attempts'],
    ]);
    const { rows } = await world.db.query<{ row: string }>('SELECT throttle::text AS row FROM throttle');
    expect(rows).toHaveLength(4);
    expect(rows.map(({ row }) => row).join()).not.toMatch(/maria|203\.0\.113/);
  });

  it('at one plan do not affect another', async () => {
    await fail('manuel.many', '203.0.113.10', FREE + 1);
    const elsewhere = await registerApp(world, {}, 'lakeside');
    expect((await getTokens(world, elsewhere, {}, 'manuel.many'))['patient']).toBe('maria');
  });
});
