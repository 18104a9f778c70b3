/** What ends at the plan's identity provider ends here too: after a failure, and however the provider writes a number. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { post, startAuthorization } from '../app.ts';
import type { Browser } from '../browser.ts';
import { CLIENT_ID } from './idp.ts';
import { type FederatedWorld, locationOf, logInAtIdp, startFederatedWorld } from './world.ts';

const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';

let all: FederatedWorld;
beforeAll(async () => {
  all = await startFederatedWorld();
}, 60_000);
afterAll(() => all?.stop());

const isLoggedIn = async (browser: Browser): Promise<boolean> => {
  const silent = await browser.open(startAuthorization(all.world, all.app, { prompt: 'none' }).url);
  return !locationOf(silent).includes('error=login_required');
};

it('O90: a logout token is good again where its logout could not be done', async () => {
  const { world, idp } = all;
  const { browser } = await logInAtIdp(all, 'u-frida');
  const now = Math.floor(Date.now() / 1000);
  const token = await idp.sign({
    iss: idp.issuer,
    aud: CLIENT_ID,
    sub: 'u-frida',
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    events: { [LOGOUT]: {} },
  });
  const url = `${world.url}/auth/northwind/federation/back-channel-logout`;
  const send = () => post(url, new URLSearchParams({ logout_token: token }));
  const holder = await world.db.connect();
  await holder.query('BEGIN; LOCK TABLE account IN SHARE MODE');
  const { status } = await send();
  await holder.query('COMMIT');
  holder.release();
  expect([status, await isLoggedIn(browser)]).toEqual([503, true]);
  expect((await send()).status).toBe(200);
  expect(await isLoggedIn(browser)).toBe(false);
});
