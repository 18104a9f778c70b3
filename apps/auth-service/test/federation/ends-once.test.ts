/** What ends at the plan's identity provider ends here too: after a failure, and however the provider writes a number. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { post, startAuthorization } from '../app.ts';
import type { Browser } from '../browser.ts';
import { configure, loadMembers } from '../configure.ts';
import { lockWaits } from '../lock-waits.ts';
import { CLIENT_ID } from './idp.ts';
import {
  federation,
  type FederatedWorld,
  leaveAndLogIn,
  locationOf,
  logInAtIdp,
  startFederatedWorld,
} from './world.ts';

const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';
const SCIM_TOKEN = 'a token of forty characters for the tests';

let all: FederatedWorld;
beforeAll(async () => {
  all = await startFederatedWorld();
}, 60_000);
afterAll(() => all?.stop());

const isLoggedIn = async (browser: Browser): Promise<boolean> => {
  const silent = await browser.open(startAuthorization(all.world, all.app, { prompt: 'none' }).url);
  return !locationOf(silent).includes('error=login_required');
};

async function logoutToken(): Promise<string> {
  const { idp } = all;
  const now = Math.floor(Date.now() / 1000);
  return idp.sign({
    iss: idp.issuer,
    aud: CLIENT_ID,
    sub: 'u-frida',
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    events: { [LOGOUT]: {} },
  });
}

const sendLogout = (token: string) =>
  post(
    `${all.world.url}/auth/northwind/federation/back-channel-logout`,
    new URLSearchParams({ logout_token: token }),
  );

it('O90: a logout token is good again where its logout could not be done', async () => {
  const { world } = all;
  const { browser } = await logInAtIdp(all, 'u-frida');
  const token = await logoutToken();
  const send = () => sendLogout(token);
  const holder = await world.db.connect();
  await holder.query('BEGIN; LOCK TABLE account IN SHARE MODE');
  const { status } = await send();
  await holder.query('COMMIT');
  holder.release();
  expect([status, await isLoggedIn(browser)]).toEqual([503, true]);
  expect((await send()).status).toBe(200);
  expect(await isLoggedIn(browser)).toBe(false);
});

it('O90: a logout token is good again where the keys of the provider could not be had', async () => {
  const { world, idp } = all;
  // With new settings the service knows no keys.
  await configure(world, { nativeApps: true, federation: { ...federation(idp), name: 'Member Site' } });
  const token = await logoutToken();
  idp.keysStatus = 500;
  expect((await sendLogout(token)).status).toBe(503);
  idp.keysStatus = undefined;
  const { browser } = await logInAtIdp(all, 'u-frida');
  expect((await sendLogout('no token')).status).toBe(400);
  expect((await sendLogout(token)).status).toBe(200);
  expect(await isLoggedIn(browser)).toBe(false);
});

async function scim(method: string, path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${all.world.url}/auth/northwind/scim/v2/${path}`, {
    method,
    headers: { authorization: `Bearer ${SCIM_TOKEN}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
}

it.each<[string, object, string, string]>([
  ['in lower case', { ignoreCase: true }, 'M-70', 'm-70'],
  ['without its zeros', { digits: 5 }, '00071', '71'],
])('O91: SCIM ends the person whose number it has %s', async (_name, memberNumber, number, told) => {
  const { world, idp } = all;
  const scimPerson = { attribute: 'userName', is: 'number' };
  await configure(world, {
    nativeApps: true,
    federation: { ...federation(idp), scimToken: SCIM_TOKEN, scimPerson, memberNumber },
  });
  const patients = [{ id: `zoe-${told}`, relationship: 'self', name: 'Zoe Park' }];
  await loadMembers(world, JSON.stringify({ number, patients }));
  const subject = `u-zoe-${told}`;
  idp.people.set(subject, { member_number: told });
  const { id } = await scim('POST', 'Users', { userName: told });
  const { browser, page } = await logInAtIdp(all, subject);
  expect(page.html).toContain('Zoe Park');
  await scim('PATCH', `Users/${String(id)}`, { Operations: [{ op: 'replace', value: { active: false } }] });
  expect(await isLoggedIn(browser)).toBe(false);
  expect((await logInAtIdp(all, subject)).page.html).toContain('has ended this login');
});

it('O91: SCIM ends the person whose number the plan loads later, in another case', async () => {
  const { world, idp } = all;
  const scimPerson = { attribute: 'userName', is: 'number' };
  const memberNumber = { ignoreCase: true };
  await configure(world, {
    nativeApps: true,
    federation: { ...federation(idp), scimToken: SCIM_TOKEN, scimPerson, memberNumber },
  });
  await scim('POST', 'Users', { userName: 'm-90', active: false });
  const patients = [{ id: 'ona', relationship: 'self', name: 'Ona Reyes' }];
  await loadMembers(world, JSON.stringify({ number: 'M-90', patients }));
  idp.people.set('u-ona', { member_number: 'M-90' });
  expect((await logInAtIdp(all, 'u-ona')).page.html).toContain('has ended this login');
});

it.each(['first', 'later'])('O91: whom SCIM ends during her %s login has no session', async (which) => {
  const { world, idp } = all;
  await configure(world, { nativeApps: true, federation: { ...federation(idp), scimToken: SCIM_TOKEN } });
  const patients = [{ id: `ida-${which}`, relationship: 'self', name: 'Ida Berg' }];
  const number = `M-95-${which}`;
  await loadMembers(world, JSON.stringify({ number, patients }));
  const subject = `u-ida-${which}`;
  idp.people.set(subject, { member_number: number });
  const { id } = await scim('POST', 'Users', { userName: subject, externalId: subject });
  if (which === 'later') await logInAtIdp(all, subject);
  const { browser, callback } = await leaveAndLogIn(all, subject);
  // The login has read that she is active, and waits before its account is there.
  const holder = await world.db.connect();
  await holder.query('BEGIN; LOCK TABLE account_member IN SHARE MODE');
  const login = browser.open(callback);
  await waitUntil(async () => (await lockWaits(world, 'relation')) > 0);
  const state = { isOver: false };
  const operation = { op: 'replace', path: 'active', value: false };
  const ended = scim('PATCH', `Users/${String(id)}`, { Operations: [operation] }).then((user) => {
    state.isOver = true;
    return user;
  });
  await waitUntil(async () => state.isOver || (await lockWaits(world, 'advisory')) > 0);
  await holder.query('COMMIT');
  holder.release();
  const [user] = await Promise.all([ended, login]);
  expect([user['active'], await isLoggedIn(browser)]).toEqual([false, false]);
});

it.each<[string, string, object[]]>([
  ['has taken out of its list', 'M-96', [{ number: 'M-96', patients: [] }]],
  [
    'has in two spellings',
    'M-97',
    [{ number: 'm-97', patients: [{ id: 'una', relationship: 'self', name: 'Una Voss' }] }],
  ],
])('O91: SCIM ends the sessions of a person whose number the plan %s', async (_name, number, lines) => {
  const { world, idp } = all;
  const scimPerson = { attribute: 'userName', is: 'number' };
  const memberNumber = { ignoreCase: true };
  await configure(world, {
    nativeApps: true,
    federation: { ...federation(idp), scimToken: SCIM_TOKEN, scimPerson, memberNumber },
  });
  const patients = [{ id: `uma-${number}`, relationship: 'self', name: 'Uma Voss' }];
  await loadMembers(world, JSON.stringify({ number, patients }));
  idp.people.set(`u-${number}`, { member_number: number });
  const { browser } = await logInAtIdp(all, `u-${number}`);
  await loadMembers(world, lines.map((line) => JSON.stringify(line)).join('\n'));
  expect(await isLoggedIn(browser)).toBe(true);
  await scim('POST', 'Users', { userName: number.toLowerCase(), active: false });
  expect(await isLoggedIn(browser)).toBe(false);
});
