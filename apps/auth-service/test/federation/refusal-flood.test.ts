/** A stranger who comes back from the identity provider again and again fills neither the trail nor the tables. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { AccessEvent } from '@patient-access/events';
import { startAuthorization } from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeAllEvents } from '../events.ts';
import {
  type FederatedWorld,
  federation,
  identityProviderLink,
  leaveAndLogIn,
  locationOf,
  logInAtIdp,
  startFederatedWorld,
} from './world.ts';

const RETURNS = 100;
/** In a minute. The returns may be in two of them. */
const OWN = 30;
const MINUTE_MS = 60_000;
/** The longest that a browser waits for a slow provider. */
const RETURN_MS = 8_000;
/** Three answers of a provider take longer than a browser waits before it asks again. Each may take 2.5 s. */
const EACH_SLOW_MS = 1_500;
/** Of an id_token. For a key that nobody knows the keys are asked for twice. */
const UNKNOWN_KEY = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'nobody-knows-it' })).toString(
  'base64url',
);

describe('A16, O81: returns that are refused', () => {
  let all: FederatedWorld;
  beforeAll(async () => void (all = await startFederatedWorld()), 60_000);
  afterAll(() => all?.stop());
  beforeEach(async () => {
    await all.world.flush();
    await takeAllEvents(all.world);
  });
  afterEach(() => {
    all.idp.tamper = undefined;
    all.idp.keysAfterMs = undefined;
  });

  async function stored(): Promise<unknown> {
    const { rows } = await all.world.db.query(
      `SELECT (SELECT count(*)::int FROM oidc_record) AS records, (SELECT count(*)::int FROM replay) AS ids,
              (SELECT count(*)::int FROM throttle) AS throttled`,
    );
    return rows;
  }

  async function recorded(): Promise<AccessEvent[]> {
    await all.world.flush();
    return takeAllEvents(all.world);
  }

  const refusedIn = (events: readonly AccessEvent[], reason: string) => ({
    own: events.filter((event) => event.kind === 'login' && event.reason === reason).length,
    counted: events
      .filter((event) => event.kind === 'denied-attempts' && event.reason === reason)
      .reduce((sum, { count = 0 }) => sum + count, 0),
  });

  const returns: [string, (login: BrowserPage, n: number) => string][] = [
    ['with states that nobody was given', ({ url }, n) => `${url}/federation?code=x&state=guessed-${n}`],
    ['with an error and no state', ({ url }) => `${url}/federation?error=access_denied`],
  ];
  it.each(returns)(
    '%s are all in the trail, and few by themselves; nothing is stored of them',
    async (_, to) => {
      const browser = new Browser(all.world.url);
      const login = await browser.open(startAuthorization(all.world, all.app).url);
      await browser.open(identityProviderLink(login));
      await recorded();
      const before = await stored();
      for (let n = 0; n < RETURNS; n += 1)
        expect(locationOf(await browser.request(to(login, n)))).toContain('/interaction/');
      expect(await stored()).toEqual(before);
      const events = await recorded();
      const { own, counted } = refusedIn(events, 'not-believed');
      expect(own).toBeLessThanOrEqual(2 * OWN);
      expect(own + counted).toBe(RETURNS);
      // Of the network, with the route.
      expect(events.find(({ kind }) => kind === 'denied-attempts')).toMatchObject({
        address: '127.0.0.1',
        request: expect.stringMatching(/^GET .*federation$/),
      });
    },
  );

  it('of a login that was begun leave no row of their own either', async () => {
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida');
    const before = await stored();
    const wrong = new URL(callback);
    wrong.searchParams.set('code', 'nonsense');
    expect((await browser.open(wrong.href)).html).toContain('The login could not be completed');
    expect(await stored()).toEqual(before);
  });

  it('of somebody whom the provider has named still have an event with the number, beside a flood', async () => {
    const browser = new Browser(all.world.url);
    const login = await browser.open(startAuthorization(all.world, all.app).url);
    for (let n = 0; n < RETURNS; n += 1) await browser.request(`${login.url}/federation?code=x&state=${n}`);
    await recorded();
    await logInAtIdp(all, 'u-twin');
    expect(await recorded()).toContainEqual(
      expect.objectContaining({
        kind: 'login',
        reason: 'several-members',
        user: expect.objectContaining({ sub: 'u-twin' }),
        request: expect.stringContaining('member number: M-3'),
      }),
    );
  });

  it('late, after their browser was sent to wait, are counted by their reason beside a flood', async () => {
    const browser = new Browser(all.world.url);
    Object.assign(browser.headers, { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' });
    const { login, callback } = await leaveAndLogIn(all, 'u-twin', {}, browser);
    // The keys of the provider go with the settings.
    const plan = { ...federation(all.idp), name: 'Member Site' };
    await configure(all.world, { nativeApps: true, passwordLogin: false, federation: plan });
    all.idp.keysAfterMs = EACH_SLOW_MS;
    all.idp.tamper = async (tokens) => {
      await delay(EACH_SLOW_MS);
      return { ...tokens, id_token: String(tokens['id_token']).replace(/^[^.]+/, UNKNOWN_KEY) };
    };
    // All in one minute.
    const left = MINUTE_MS - (Date.now() % MINUTE_MS);
    if (left < 3 * RETURN_MS) await delay(left);
    const to = new URL(locationOf(await browser.request(callback)), callback).href;
    for (let n = 0; n < OWN; n += 1) await browser.request(`${login.url}/federation?code=x&state=${n}`);
    await recorded();
    expect(locationOf(await browser.request(to))).toContain('/federation?');
    expect((await browser.open(to)).html).toContain('request number');
    expect(refusedIn(await recorded(), 'not-believed')).toEqual({ own: 0, counted: 1 });
  }, 60_000);
});
