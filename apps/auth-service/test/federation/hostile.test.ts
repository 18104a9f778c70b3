import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startAuthorization } from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { type Idp, startIdp } from './idp.ts';
import {
  federation,
  type FederatedWorld,
  leaveAndLogIn,
  identityProviderLink,
  locationOf,
  logInAtIdp,
  startFederatedWorld,
} from './world.ts';

const REFUSED = 'The login could not be completed';

describe('a return from the identity provider is refused', () => {
  let all: FederatedWorld;
  let other: Idp;
  beforeAll(async () => {
    all = await startFederatedWorld();
    other = await startIdp(`${all.world.url}/auth/northwind/federation/callback`);
  }, 60_000);
  afterAll(async () => {
    await other?.close();
    await all?.stop();
  });
  afterEach(() => {
    all.idp.tamper = undefined;
  });

  const isLoggedIn = async (browser: Browser): Promise<boolean> => {
    const silent = await browser.open(startAuthorization(all.world, all.app, { prompt: 'none' }).url);
    return !locationOf(silent).includes('error=login_required');
  };
  async function expectRefused(browser: Browser, page: BrowserPage): Promise<void> {
    expect(page.html).toContain(REFUSED);
    expect(await isLoggedIn(browser)).toBe(false);
  }
  const changed = (callback: string, change: Record<string, string | undefined>): string => {
    const url = new URL(callback);
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    return url.href;
  };
  const claimsOf = (answer: Record<string, unknown>) => jose.decodeJwt(answer['id_token'] as string);

  it('when its state was used before: of ten concurrent returns, one counts', async () => {
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida');
    let exchanges = 0;
    all.idp.tamper = (answer) => {
      exchanges += 1;
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.open(callback)));
    const outcomes = answers.map(({ html }) => html.includes('Share data with'));
    expect(outcomes.filter(Boolean).length).toBeLessThanOrEqual(1);
    expect(exchanges).toBe(1);
    const replayed = await browser.open(callback);
    expect(replayed.html).not.toContain('Share data with');
  });

  it('when its state was used before by a failed return', async () => {
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida');
    await expectRefused(browser, await browser.open(changed(callback, { code: 'nonsense' })));
    await expectRefused(browser, await browser.open(callback));
  });

  it('when its state is wrong or missing', async () => {
    const { browser, login, callback } = await leaveAndLogIn(all, 'u-frida');
    const direct = `${login.url}/federation?${new URL(callback).searchParams}`;
    await expectRefused(browser, await browser.open(changed(direct, { state: 'x'.repeat(50) })));
    const again = await leaveAndLogIn(all, 'u-frida');
    const stateless = changed(`${again.login.url}/federation?${new URL(again.callback).searchParams}`, {
      state: undefined,
    });
    await expectRefused(again.browser, await again.browser.open(stateless));
    expect((await browser.open(changed(callback, { state: undefined }))).status).toBe(400);
    expect((await browser.open(changed(callback, { state: '../../x.y' }))).status).toBe(400);
  });

  it('in another browser, against login CSRF with an attacker’s own code', async () => {
    const attacker = await leaveAndLogIn(all, 'u-omar');
    const victim = new Browser(all.world.url);
    const page = await victim.open(startAuthorization(all.world, all.app).url);
    const dropped = await victim.open(attacker.callback);
    expect(dropped.status).toBe(400);
    expect(dropped.html).not.toContain('Haddad');
    // It is also refused with the uid of the victim, and in a login that the victim has started.
    await victim.open(identityProviderLink(page));
    const [uid = ''] = page.url.split('/').slice(-1);
    const { searchParams } = new URL(attacker.callback);
    const state = `${uid}.${searchParams.get('state')?.split('.')[1]}`;
    await expectRefused(victim, await victim.open(changed(attacker.callback, { state })));
  });

  it('when its code was injected, because PKCE binds the code to the browser', async () => {
    const attacker = await leaveAndLogIn(all, 'u-omar');
    const victim = await leaveAndLogIn(all, 'u-frida');
    const code = new URL(attacker.callback).searchParams.get('code') ?? '';
    await expectRefused(victim.browser, await victim.browser.open(changed(victim.callback, { code })));
  });

  it('O25: gives its cookies to nobody again who only has the interaction, because nothing was typed here', async () => {
    const victim = new Browser(all.world.url);
    Object.assign(victim.headers, { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' });
    const { login, callback } = await leaveAndLogIn(all, 'u-frida', {}, victim);
    // The attacker has planted the cookies of this interaction, so both browsers have them.
    const headers = { ...victim.headers, cookie: victim.cookieHeader(login.url) };
    const next = (page: BrowserPage) => new URL(locationOf(page), page.url).href;
    const answered = next(await victim.request(next(await victim.request(callback))));
    expect(answered).toContain('/authorize/');
    const asks = async (init: RequestInit) => {
      const { headers: received } = await new Browser(all.world.url).request(login.url, { headers, ...init });
      return received.getSetCookie().filter((line) => /session|second-press/.test(line));
    };
    const empty = { method: 'POST' };
    expect(await asks(empty)).toEqual([]);
    expect((await victim.open(answered)).html).toContain('Frida Lund');
    for (const init of [empty, { method: 'POST', body: new URLSearchParams() }, {}])
      expect(await asks(init)).toEqual([]);
  });

  it('when it names another issuer, against mix-up', async () => {
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida');
    await expectRefused(browser, await browser.open(changed(callback, { iss: other.issuer })));
    const again = await leaveAndLogIn(all, 'u-frida');
    await expectRefused(again.browser, await again.browser.open(changed(again.callback, { iss: undefined })));
    all.idp.tamper = async (answer) => ({
      ...answer,
      id_token: await all.idp.sign({ ...claimsOf(answer), iss: other.issuer }),
    });
    const wrong = await logInAtIdp(all, 'u-frida');
    await expectRefused(wrong.browser, wrong.page);
  });

  it.each<[string, (answer: Record<string, unknown>) => Promise<unknown> | unknown]>([
    ['another nonce', (answer) => all.idp.sign({ ...claimsOf(answer), nonce: 'another' })],
    ['no nonce', (answer) => all.idp.sign({ ...claimsOf(answer), nonce: undefined })],
    ['another audience', (answer) => all.idp.sign({ ...claimsOf(answer), aud: 'another' })],
    ['an end in the past', (answer) => all.idp.sign({ ...claimsOf(answer), exp: 1_700_000_000 })],
    ['somebody else’s signature', (answer) => other.sign(claimsOf(answer))],
    ['no signature (alg none)', (answer) => new jose.UnsecuredJWT(claimsOf(answer)).encode()],
    [
      'its signature cut off',
      (answer) => `${(answer['id_token'] as string).split('.').slice(0, 2).join('.')}.`,
    ],
    [
      'an HMAC of the client’s secret',
      (answer) =>
        new jose.SignJWT(claimsOf(answer))
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode('secret-at-the-identity-provider')),
    ],
    ['no id_token at all', () => undefined],
  ])('when its id_token has %s', async (_name, make) => {
    all.idp.tamper = async (answer) => ({ ...answer, id_token: await make(answer) });
    const { browser, page } = await logInAtIdp(all, 'u-frida');
    await expectRefused(browser, page);
  });

  it('when it comes from another host, whose endpoints are never called', async () => {
    let hits = 0;
    const elsewhere = createServer((_request, response) => {
      hits += 1;
      response.end('{}');
    });
    await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
    const { port } = elsewhere.address() as AddressInfo;
    const liar = createServer((_request, response) => {
      const { port: own } = liar.address() as AddressInfo;
      const issuer = `http://127.0.0.1:${own}`;
      const endpoint = `http://127.0.0.1:${port}/`;
      response.setHeader('content-type', 'application/json');
      const endpoints = {
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: endpoint,
        jwks_uri: endpoint,
      };
      response.end(JSON.stringify({ issuer, ...endpoints, response_types_supported: ['code'] }));
    });
    await new Promise<void>((done) => liar.listen(0, '127.0.0.1', done));
    const issuer = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
    await configure(all.world, { federation: { ...federation(all.idp), issuer } });
    const browser = new Browser(all.world.url);
    const login = await browser.open(startAuthorization(all.world, all.app).url);
    const state =
      new URL(locationOf(await browser.open(identityProviderLink(login)))).searchParams.get('state') ?? '';
    const answer = new URLSearchParams({ code: 'abc', state });
    const page = await browser.open(`${all.world.url}/auth/northwind/federation/callback?${answer}`);
    await expectRefused(browser, page);
    expect(hits).toBe(0);
    await configure(all.world, { federation: federation(all.idp) });
    liar.close();
    elsewhere.close();
  });

  it('when the identity provider is down, slow or answers nonsense, on a page that says so', async () => {
    const broken = createServer((request, response) => {
      if (request.url?.includes('slow')) return;
      response.setHeader('content-type', 'text/html').end('<h1>It works</h1>');
    });
    await new Promise<void>((done) => broken.listen(0, '127.0.0.1', done));
    const { port } = broken.address() as AddressInfo;
    for (const issuer of [
      'http://127.0.0.1:9',
      `http://127.0.0.1:${port}`,
      `http://127.0.0.1:${port}/slow`,
    ]) {
      await configure(all.world, { federation: { ...federation(all.idp), issuer } });
      const browser = new Browser(all.world.url);
      const login = await browser.open(startAuthorization(all.world, all.app).url);
      const page = await browser.open(identityProviderLink(login));
      expect([issuer, page.html.includes('cannot be reached right now')]).toEqual([issuer, true]);
      expect(await isLoggedIn(browser)).toBe(false);
    }
    broken.closeAllConnections();
    broken.close();
    // A new request reaches the identity provider as soon as it answers again.
    await configure(all.world, { federation: federation(all.idp) });
    expect((await logInAtIdp(all, 'u-frida')).page.html).toContain('Share data with');
  });
});
