/** A member whose browser comes back from the plan's identity provider a second time: she loads the address again, or goes back. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { runningClock } from '@patient-access/testing';
import { decodeJwt } from 'jose';
import { Browser } from '../browser.ts';
import { takeAllEvents } from '../events.ts';
import { configure } from '../configure.ts';
import type { Idp } from './idp.ts';
import {
  type FederatedWorld,
  federation,
  identityProviderLink,
  leaveAndLogIn,
  locationOf,
  startFederatedWorld,
} from './world.ts';

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' };
/** One answer of the provider: longer than all that happens meanwhile, and far from the 2.5 s that it may take on a busy machine. */
const SLOW_MS = 1_500;
/** Three such answers take longer than a browser waits, and four of these longer than a login may take. */
const TOO_SLOW_TOGETHER_MS = 2_000;
/** Longer than one request to a provider may take. */
const TOO_SLOW_MS = 3_000;
/** The gateway's patience with auth-service. */
const GATEWAY_MS = 5_000;
/** What a first return leaves whose process has died at the provider. */
const TAKE_NONCE = `UPDATE oidc_record
  SET payload = regexp_replace(payload, '("pendingLogin":\\{[^}]*"nonce":")[^"]+', '\\1')
  WHERE model = 'Interaction' AND payload LIKE '%"state":"' || $1 || '"%'`;
const SETTINGS = { nativeApps: true, passwordLogin: false };
const SEVERAL = 'We found more than one person for your login';
const UNREACHED = 'login site cannot be reached right now';

/** @returns what keeps who asks for tokens waiting */
const afterMs =
  (ms: number, change: NonNullable<Idp['tamper']> = (tokens) => tokens) =>
  async (tokens: Record<string, unknown>) => {
    await delay(ms);
    return change(tokens);
  };

describe('a second return from the identity provider', () => {
  let all: FederatedWorld;
  beforeAll(async () => void (all = await startFederatedWorld()), 60_000);
  afterAll(() => all?.stop());
  beforeEach(async () => {
    await all.world.flush();
    await takeAllEvents(all.world);
  });
  afterEach(async () => {
    all.idp.tamper = undefined;
    all.idp.metadataAfterMs = undefined;
    all.idp.keysAfterMs = undefined;
    await configure(all.world, { ...SETTINGS, federation: federation(all.idp) });
  });

  const newBrowser = (): Browser => Object.assign(new Browser(all.world.url), { headers: { ...NAVIGATION } });

  /** @returns the reasons of logins that were refused, and of requests that were counted as refused */
  async function refusals(): Promise<(string | undefined)[]> {
    await all.world.flush();
    const events = await takeAllEvents(all.world);
    return events.flatMap((event) =>
      event.kind === 'denied-attempts' || (event.kind === 'login' && event.outcome !== '0')
        ? [event.reason]
        : [],
    );
  }

  /** A browser comes back, and its user goes on at it before the slow provider has answered. */
  async function returnSlowly(person: string) {
    const { browser, login, callback } = await leaveAndLogIn(all, person, {}, newBrowser());
    all.idp.tamper = afterMs(SLOW_MS);
    const to = new URL(locationOf(await browser.request(callback)), callback).href;
    // The browser gets nothing of the answer that it has called off.
    const headers = { ...NAVIGATION, cookie: browser.cookieHeader(to) };
    const calledOff = new Browser(all.world.url).request(to, { headers });
    await delay(SLOW_MS / 4);
    return { browser, login, to, calledOff };
  }

  async function loadAgain(person: string) {
    const { browser, to, calledOff } = await returnSlowly(person);
    const page = await browser.open(to);
    return { page, first: await calledOff };
  }

  it('is led on with the first one, which the provider answers late', async () => {
    const { page, first } = await loadAgain('u-frida');
    expect([first.status, page.status]).toEqual([303, 200]);
    expect(page.html).toContain('Frida Lund');
    expect(await refusals()).toEqual([]);
  });

  it('reads what the first one reads, which is refused late', async () => {
    const { page } = await loadAgain('u-twin');
    expect(page.html).toContain(SEVERAL);
    expect(await refusals()).toEqual(['several-members', 'returned-before']);
  });

  it('is answered while the gateway waits, where the first one never ends', async () => {
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida', {}, newBrowser());
    const state = new URL(callback).searchParams.get('state');
    expect((await all.world.db.query(TAKE_NONCE, [state])).rowCount).toBe(1);
    const ran = runningClock();
    const page = await browser.open(callback);
    expect(ran()).toBeLessThan(GATEWAY_MS);
    expect(page.status).toBe(200);
    const away = locationOf(await browser.open(identityProviderLink(page)));
    const back = locationOf(await new Browser(all.idp.issuer).open(away));
    expect((await browser.open(back)).html).toContain('Frida Lund');
  }, 15_000);

  it('is answered while the gateway waits, where the metadata of the provider comes late as well', async () => {
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida', {}, newBrowser());
    const state = new URL(callback).searchParams.get('state');
    expect((await all.world.db.query(TAKE_NONCE, [state])).rowCount).toBe(1);
    // What is known of the provider goes with the settings.
    await configure(all.world, { ...SETTINGS, federation: { ...federation(all.idp), name: 'Member Site' } });
    all.idp.metadataAfterMs = SLOW_MS;
    const [begun, ran] = [Date.now(), runningClock()];
    const page = await browser.open(callback);
    expect(Date.now() - begun).toBeGreaterThan(SLOW_MS);
    expect(ran()).toBeLessThan(GATEWAY_MS);
    expect([page.status, page.html.includes('Log in with Member Site')]).toEqual([200, true]);
  }, 15_000);

  interface ReturnToSlow {
    each?: number;
    browser?: Browser;
    change?: Record<string, string>;
    tokens?: Idp['tamper'];
    /** of the plan's settings */
    userinfo?: boolean;
    require?: object;
  }
  /** A browser comes back to a server that knows nothing of the provider, which takes its time for each request. */
  async function returnToSlow(
    person: string,
    { each = SLOW_MS, browser: used = newBrowser(), change = {}, tokens, ...more }: ReturnToSlow = {},
  ) {
    const { browser, callback } = await leaveAndLogIn(all, person, change, used);
    await configure(all.world, {
      ...SETTINGS,
      federation: { ...federation(all.idp), ...more, name: 'Member' },
    });
    [all.idp.metadataAfterMs, all.idp.keysAfterMs] = [each, each];
    all.idp.tamper = afterMs(each, tokens);
    const to = new URL(locationOf(await browser.request(callback)), callback).href;
    const ran = runningClock();
    const first = await browser.request(to);
    return { browser, to, first, firstTook: ran() };
  }

  it('is where a browser is sent whose first return takes longer than the gateway waits', async () => {
    const { browser, to, first, firstTook } = await returnToSlow('u-frida');
    expect(firstTook).toBeLessThan(GATEWAY_MS);
    expect([first.status, new URL(locationOf(first), to).href]).toEqual([303, to]);
    const ran = runningClock();
    const page = await browser.open(to);
    expect(ran()).toBeLessThan(GATEWAY_MS);
    expect(page.html).toContain('Frida Lund');
    expect(await refusals()).toEqual([]);
  }, 20_000);

  it('logs out at the provider nobody who was there before, after a login that went on alone', async () => {
    const { browser, callback } = await leaveAndLogIn(all, 'u-omar', {}, newBrowser());
    await browser.open(callback);
    const { to } = await returnToSlow('u-frida', { browser, change: { prompt: 'login' } });
    expect((await browser.open(to)).html).toContain('Frida Lund');
    browser.headers['sec-fetch-site'] = 'same-origin';
    const there = `${all.world.url}/auth/northwind`;
    const { html } = await browser.open(`${there}/apps`);
    expect(html).toContain('Frida Lund');
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(html) ?? [];
    await browser.open(`${there}/log-out`, {
      method: 'POST',
      body: new URLSearchParams({ token }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect((await browser.open(`${there}/federation/log-out`)).url).toBe(`${there}/logged-out`);
  }, 20_000);

  it('leads to the stronger login that it has asked for, when the member presses again', async () => {
    const { browser, to } = await returnToSlow('u-frida', {
      require: { acr: 'gold' },
      tokens: async (tokens) => {
        const claims = decodeJwt(String(tokens['id_token']));
        return { ...tokens, id_token: await all.idp.sign({ ...claims, acr: 'bronze' }) };
      },
    });
    const page = await browser.open(to);
    const away = locationOf(await browser.open(identityProviderLink(page)));
    expect(new URL(away).searchParams.get('prompt')).toBe('login');
  }, 20_000);

  it('says that the provider does not answer, where all its answers together take too long', async () => {
    const { browser, to, first } = await returnToSlow('u-frida', {
      each: TOO_SLOW_TOGETHER_MS,
      userinfo: true,
    });
    expect(first.status).toBe(303);
    expect((await browser.open(to)).html).toContain(UNREACHED);
    expect(await refusals()).toContain('unavailable');
  }, 20_000);

  it.each([
    ['tokens', (idp: FederatedWorld['idp']) => void (idp.tamper = afterMs(TOO_SLOW_MS))],
    ['keys', (idp: FederatedWorld['idp']) => void (idp.keysAfterMs = TOO_SLOW_MS)],
  ])(
    'may be of one that says that the provider does not answer: it gives no %s in time',
    async (_what, slow) => {
      const { browser, callback } = await leaveAndLogIn(all, 'u-frida', {}, newBrowser());
      await configure(all.world, { ...SETTINGS, federation: { ...federation(all.idp), name: 'Member' } });
      slow(all.idp);
      expect((await browser.open(callback)).html).toContain(UNREACHED);
      expect((await browser.open(callback)).html).toContain(UNREACHED);
      expect(await refusals()).toEqual(['unavailable', 'returned-before']);
    },
  );

  it('leaves what the page says of the first one, with its request number', async () => {
    const { browser, callback } = await leaveAndLogIn(all, 'u-twin', {}, newBrowser());
    const numberOn = (html: string) => /request number: ([\w-]+)/.exec(html)?.[1];
    const refused = await browser.open(callback);
    expect(await refusals()).toEqual(['several-members']);
    const changed = new URL(callback);
    changed.searchParams.set('code', 'a-new-code-of-the-provider');
    for (const address of [callback, changed.href]) {
      const again = await browser.open(address);
      expect(again.html).toContain(SEVERAL);
      expect(numberOn(again.html)).toBe(numberOn(refused.html));
      expect(await refusals()).toEqual(['returned-before']);
    }
  });

  it('may be refused late, and takes nothing from a login that was begun meanwhile', async () => {
    const { browser, login, calledOff } = await returnSlowly('u-twin');
    const away = locationOf(await browser.open(identityProviderLink(login)));
    expect((await calledOff).status).toBe(303);
    expect(await refusals()).toEqual(['several-members']);
    all.idp.tamper = undefined;
    all.idp.person = 'u-frida';
    const back = locationOf(await new Browser(all.idp.issuer).open(away));
    expect((await browser.open(back)).html).toContain('Frida Lund');
  });

  it('takes nothing from a login that was begun since', async () => {
    const { browser, login, callback } = await leaveAndLogIn(all, 'u-twin', {}, newBrowser());
    await browser.open(callback);
    const away = locationOf(await browser.open(identityProviderLink(login)));
    await browser.open(callback);
    all.idp.person = 'u-frida';
    const back = locationOf(await new Browser(all.idp.issuer).open(away));
    expect((await browser.open(back)).html).toContain('Frida Lund');
  });
});
