/** The plan's portal opens a launch, and the plan's provider says who is logged in. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { exchange, redirected } from '../app.ts';
import { Browser } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { openLaunch, type Portal, postLaunch, registerPortal } from '../launch/portal.ts';
import { federation, type FederatedWorld, leaveAndLogIn, locationOf, startFederatedWorld } from './world.ts';

let all: FederatedWorld;
let portal: Portal;
beforeAll(async () => {
  all = await startFederatedWorld();
  portal = await registerPortal(all.world);
}, 60_000);
afterAll(() => all?.stop());

describe('a launch by the portal’s id_token', () => {
  beforeAll(() => allow({ launchByIdToken: { audiences: ['the-portal'] } }));

  const allow = (more: object) =>
    configure(all.world, {
      nativeApps: true,
      passwordLogin: false,
      federation: { ...federation(all.idp), ...more },
    });
  const now = () => Math.floor(Date.now() / 1000);
  const token = (claims: jose.JWTPayload = {}) =>
    all.idp.sign({
      iss: all.idp.issuer,
      aud: 'the-portal',
      sub: 'u-frida',
      iat: now(),
      exp: now() + 300,
      member_number: 'M-1',
      ...claims,
    });
  const launch = async (body: Record<string, unknown>) => postLaunch(all.world, portal, body);

  it('is for the member whom the plan has loaded for the number in the token', async () => {
    await takeEvents(all.world);
    expect((await launch({ id_token: await token() })).status).toBe(201);
    expect((await takeEvents(all.world)).find(({ kind }) => kind === 'launch')).toMatchObject({
      action: 'open',
      member: 'frida',
    });
  });

  it('is refused for a token that is not the portal’s, is old, forged or no id_token, or names nobody (O96)', async () => {
    const { privateKey } = await jose.generateKeyPair('RS256');
    const forged = await new jose.SignJWT(jose.decodeJwt(await token()))
      .setProtectedHeader({ alg: 'RS256', kid: 'idp-key' })
      .sign(privateKey);
    const wrong = [
      await token({ aud: 'patient-access' }),
      await token({ iss: 'https://login.plan.example' }),
      await token({ exp: now() - 120 }),
      await token({ exp: undefined }),
      await token({ events: {} }),
      await token({ member_number: 'M-404' }),
      await token({ member_number: 'M-3' }),
      forged,
      'no token',
    ];
    for (const id_token of wrong) expect((await launch({ id_token })).status).toBe(400);
    expect((await launch({ id_token: await token(), patient: 'omar' })).status).toBe(400);
    expect((await launch({ id_token: await token(), member_number: 'M-2' })).status).toBe(400);
  });

  it('is not refused while the keys of the provider cannot be had: the portal tries again', async () => {
    // With new settings the service knows no keys.
    await allow({ launchByIdToken: { audiences: ['the-portal'] }, name: 'Member Site' });
    all.idp.keysStatus = 500;
    const later = await launch({ id_token: await token() });
    all.idp.keysStatus = undefined;
    expect([later.status, later.body['error']]).toEqual([503, 'temporarily_unavailable']);
    expect((await launch({ id_token: await token() })).status).toBe(201);
  });

  it('is refused where the plan does not allow it', async () => {
    await allow({});
    expect((await launch({ id_token: await token() })).status).toBe(400);
  });
});

describe('a launch where the plan’s provider has another person logged in', () => {
  /** Omar is logged in at the provider, and the portal has sent Frida. @returns the page after who comes back the second time */
  async function comeBackAs(person: string) {
    const { world, idp } = all;
    const launch = await openLaunch(world, portal, { patient: 'frida' });
    const scope = 'launch openid patient/Coverage.rs';
    const { browser, callback, verifier } = await leaveAndLogIn(all, 'u-omar', { scope, launch });
    const asked = idp.asked.length;
    const away = locationOf(await browser.open(callback));
    idp.person = person;
    const page = await browser.open(locationOf(await new Browser(idp.issuer).open(away)));
    expect(idp.asked.slice(asked).map((each) => each.get('prompt'))).toEqual(['login']);
    return { browser, page, verifier };
  }

  it('asks there once more who it is, and goes on as the member of the launch', async () => {
    const { browser, page, verifier } = await comeBackAs('u-frida');
    expect(page.html).toContain('Frida Lund');
    const code = redirected(await browser.submit(page, 'agree')).get('code') ?? '';
    expect((await exchange(all.world, all.app, code, verifier)).body).toMatchObject({ patient: 'frida' });
  });

  it('is refused when the same person comes back', async () => {
    const { page } = await comeBackAs('u-omar');
    expect(redirected(page).get('error')).toBe('access_denied');
    expect(page.html).not.toContain('Frida');
  });
});
