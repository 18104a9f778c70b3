import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import * as jose from 'jose';
import {
  exchange,
  getCode,
  getTokens,
  introspect,
  startAuthorization,
  openAndLogIn,
  redirected,
  refresh,
  registerApp,
} from '../app.ts';
import type { RegisteredApp } from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import { takeEvents } from '../events.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

const PROOFING = 'urn:payer-patient-access:proofing';

describe('the identity of the person who logged in', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  async function verified(idToken: string | undefined) {
    const { issuer } = tenantOf(world);
    const keys = jose.createRemoteJWKSet(new URL(`${issuer}/keys`));
    return jose.jwtVerify(idToken ?? '', keys, { issuer, audience: app.client_id, algorithms: ['RS256'] });
  }

  async function userinfo(token: string | undefined) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${tenantOf(world).issuer}/userinfo`, { headers });
    return (await response.json()) as Record<string, unknown>;
  }

  it('SMART 70, 72: is in an id_token that the plan signed with RS256', async () => {
    const before = Math.floor(Date.now() / 1000);
    const tokens = await getTokens(world, app, { nonce: 'n-0S6_WzA2Mj' });
    const { payload, protectedHeader } = await verified(tokens['id_token']);
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: expect.any(String) });
    expect(payload).toEqual({
      iss: tenantOf(world).issuer,
      aud: app.client_id,
      sub: expect.any(String),
      fhirUser: `${tenantOf(world).fhirBase}/Patient/maria`,
      nonce: 'n-0S6_WzA2Mj',
      auth_time: expect.any(Number),
      acr: 'urn:payer-patient-access:acr:password',
      amr: ['pwd'],
      [PROOFING]: { by: 'staff', at: expect.stringMatching(/^[\d-]+T[\d:]+Z$/) },
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(payload['auth_time']).toBeGreaterThanOrEqual(before);
    const { sub, fhirUser, [PROOFING]: proofing } = payload;
    expect(await userinfo(tokens['access_token'])).toEqual({ sub, fhirUser, [PROOFING]: proofing });
    const renewed = await refresh(world, app, tokens['refresh_token'] as string);
    const again = await verified(renewed.body['id_token'] as string);
    expect(again.payload).toMatchObject({
      sub,
      fhirUser,
      auth_time: payload['auth_time'],
      aud: app.client_id,
    });
    // OpenID Connect Core section 12.2: a nonce belongs to the login.
    expect(again.payload).not.toHaveProperty('nonce');
  });

  /** Logs `paul.parent` in and shares the data of one of his. */
  async function tokensFor(member: string, change: Record<string, string> = {}) {
    const { url, verifier } = startAuthorization(world, app, change);
    const [browser, page] = await openAndLogIn(world, url, 'paul.parent');
    const consent = await browser.submit(page, 'choose', (fields) => fields.set('member', member));
    const code = redirected(await browser.submit(consent, 'agree')).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    expect(body['patient']).toBe(member);
    return { tokens: body as Record<string, string>, consent: wordsOf(consent) };
  }

  it('SMART 70: is the Patient of a member who shares her own data, and the page says what it opens', async () => {
    const { tokens, consent } = await tokensFor('paul');
    const { payload } = await verified(tokens['id_token']);
    expect(payload['fhirUser']).toBe(`${tenantOf(world).fhirBase}/Patient/paul`);
    expect(consent).toContain('The app may read the entry about you: your name, date of birth');
  });

  it('SMART 70: is the RelatedPerson in the record of the member for whom the person acts', async () => {
    const { tokens, consent } = await tokensFor('cora');
    const fhirUser = `${tenantOf(world).fhirBase}/RelatedPerson/father`;
    const renewed = await refresh(world, app, tokens['refresh_token'] as string);
    for (const token of [tokens['id_token'], renewed.body['id_token'] as string])
      expect((await verified(token)).payload['fhirUser']).toBe(fhirUser);
    expect((await userinfo(tokens['access_token']))['fhirUser']).toBe(fhirUser);
    expect(consent).toContain('the entry about you in this member’s record');
  });

  it('SMART 71: is not granted where the member’s record has nobody for the person: page, token and event say so', async () => {
    await takeEvents(world);
    const { tokens, consent } = await tokensFor('selma');
    expect(tokens['scope']).toBe('openid launch/patient offline_access patient/*.rs');
    expect((await verified(tokens['id_token'])).payload).not.toHaveProperty('fhirUser');
    expect(await userinfo(tokens['access_token'])).not.toHaveProperty('fhirUser');
    expect((await introspect(world, tokens['access_token'] as string)).body).not.toHaveProperty('fhirUser');
    expect(consent).toContain('The app also asked for the entry about you. This record has none');
    const event = (await takeEvents(world)).find(({ kind }) => kind === 'consent');
    expect(event).toMatchObject({ action: 'grant', member: 'selma', notGranted: ['fhirUser'] });
    const { tokens: older } = await tokensFor('selma', { scope: 'openid profile patient/*.read' });
    expect((await verified(older['id_token'])).payload).not.toHaveProperty('fhirUser');
  });

  it('SMART 70: is a RelatedPerson that the plan knows if the login is not a member', async () => {
    const tokens = await getTokens(world, app, {}, 'rita.related');
    const fhirUser = `${tenantOf(world).fhirBase}/RelatedPerson/rita`;
    expect((await verified(tokens['id_token'])).payload['fhirUser']).toBe(fhirUser);
    expect((await userinfo(tokens['access_token']))['fhirUser']).toBe(fhirUser);
    expect((await introspect(world, tokens['access_token'] as string)).body).toMatchObject({
      fhirUser,
      patient: 'cora',
    });
  });

  it('SMART 71: is not granted when the plan knows no FHIR resource for the login', async () => {
    const tokens = await getTokens(world, app, {}, 'gina.guardian');
    expect(tokens['scope']).toBe('openid launch/patient offline_access patient/*.rs');
    expect((await verified(tokens['id_token'])).payload).not.toHaveProperty('fhirUser');
    expect((await introspect(world, tokens['access_token'] as string)).body).not.toHaveProperty('fhirUser');
    const { url } = startAuthorization(world, app, { scope: 'fhirUser' });
    const [browser, page] = await openAndLogIn(world, url, 'gina.guardian');
    expect((await browser.submit(page, 'agree')).status).toBeLessThan(500);
  });

  it('SMART 70: is also given to apps that ask for it by its older name `profile`', async () => {
    const tokens = await getTokens(world, app, { scope: 'openid profile patient/*.read' });
    const claims = { fhirUser: `${tenantOf(world).fhirBase}/Patient/maria`, name: 'Maria Castellan' };
    expect((await verified(tokens['id_token'])).payload).toMatchObject(claims);
    expect(await userinfo(tokens['access_token'])).toMatchObject(claims);
  });

  it('is given only to apps that ask for it', async () => {
    const tokens = await getTokens(world, app, { scope: 'launch/patient patient/*.rs' });
    expect(tokens).not.toHaveProperty('id_token');
    expect((await introspect(world, tokens['access_token'] as string)).body).not.toHaveProperty('fhirUser');
  });

  it('SMART 72: is signed with keys that are published without certificates', async () => {
    const response = await fetch(`${tenantOf(world).issuer}/keys`);
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    for (const key of keys) {
      const members = key['kty'] === 'RSA' ? ['e', 'n'] : ['crv', 'x', 'y'];
      expect(Object.keys(key).sort()).toEqual(['alg', 'kid', 'kty', 'use', ...members].sort());
    }
  });

  it('SMART 73: is verified with the keys of the issuer that the id_token names', async () => {
    const { issuer } = tenantOf(world);
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: expect.arrayContaining(['sub', 'fhirUser', 'auth_time', 'acr', 'amr']),
    });
  });

  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age=0', { max_age: '0' }],
  ])('O26: is confirmed again for %s, and the id_token says when', async (_name, change) => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    await world.db.query(`UPDATE oidc_record
      SET payload = jsonb_set(payload::jsonb, '{loginTs}', to_jsonb((payload::jsonb ->> 'loginTs')::int - 100))::text
      WHERE model = 'Session' AND payload::jsonb ? 'loginTs'`);
    const now = Math.floor(Date.now() / 1000);
    const { url, verifier } = startAuthorization(world, app, change);
    const page = await browser.open(url);
    expect(page.html).toContain('name="password"');
    const consent = await browser.logIn(page, 'maria.many', PASSWORD);
    const code = redirected(await browser.submit(consent, 'agree')).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    expect((await verified(body['id_token'] as string)).payload['auth_time']).toBeGreaterThanOrEqual(now);
    const relaxed = await browser.open(startAuthorization(world, app, { max_age: '60' }).url);
    expect(relaxed.html).not.toContain('name="password"');
  });

  it('O26: is as old as the login and not as the agreement, for auth_time and for max_age', async () => {
    const { url, verifier } = startAuthorization(world, app);
    const [browser, consent] = await openAndLogIn(world, url);
    const loggedIn = Math.floor(Date.now() / 1000);
    await delay(2_100);
    const code = redirected(await browser.submit(consent, 'agree')).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    const { payload } = await verified(body['id_token'] as string);
    expect(payload['auth_time']).toBeLessThanOrEqual(loggedIn);
    const strict = await browser.open(startAuthorization(world, app, { max_age: '1' }).url);
    expect(strict.html).toContain('name="password"');
  });

  it('T08: is signed with keys of its own plan, which are not valid at another', async () => {
    const { code, verifier } = await getCode(world, app);
    const { body } = await exchange(world, app, code, verifier);
    const idToken = body['id_token'] as string;
    const keysOf = async (tenant: string) =>
      (await (await fetch(`${tenantOf(world, tenant).issuer}/keys`)).json()) as jose.JSONWebKeySet;
    const [own, other] = await Promise.all([keysOf('northwind'), keysOf('lakeside')]);
    const { kid } = jose.decodeProtectedHeader(idToken);
    expect(other.keys.map((key) => key.kid)).not.toContain(kid);
    await expect(jose.jwtVerify(idToken, jose.createLocalJWKSet(other))).rejects.toThrow();
    // The other plan's key is refused even if it has the same id.
    const renamed = { keys: other.keys.map((key) => ({ ...key, kid: key.kty === 'RSA' ? kid : key.kid })) };
    await expect(
      jose.jwtVerify(idToken, jose.createLocalJWKSet(renamed as jose.JSONWebKeySet)),
    ).rejects.toThrow('signature verification failed');
    await jose.jwtVerify(idToken, jose.createLocalJWKSet(own));
    const headers = { authorization: `Bearer ${body['access_token']}` };
    expect((await fetch(`${tenantOf(world, 'lakeside').issuer}/userinfo`, { headers })).status).toBe(401);
  });
});
