import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decide, TokenClaims } from '@patient-access/smart';
import * as jose from 'jose';
import {
  exchange,
  getTokens,
  introspect,
  startAuthorization,
  openAndLogIn,
  post,
  redirected,
  registerVerifiedApp,
  type RegisteredApp,
} from '../app.ts';
import { startWorld, type World } from '../world.ts';
import { GRANULAR } from './us-core.ts';

describe('the scope of a token', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  // Each case uses a new app, because a second consent for the same app would be recorded as a change.
  beforeEach(async () => {
    app = await registerVerifiedApp(world);
  });
  afterAll(() => world?.stop());

  /** @returns the token response, after the member has unchecked some kinds of data */
  async function tokensWithout(scope: string, unticked: string[], change: Record<string, string> = {}) {
    const { url, verifier } = startAuthorization(world, app, { scope, ...change });
    const [browser, page] = await openAndLogIn(world, url);
    const answer = await browser.submit(page, 'agree', (fields) => {
      for (const kind of unticked) fields.delete('kind', kind);
    });
    const { body } = await exchange(world, app, redirected(answer).get('code') ?? '', verifier);
    return { browser, tokens: body as Record<string, string> };
  }

  /** All places where the scope of this token is written. */
  async function everywhere(tokens: Record<string, string>) {
    const claims = TokenClaims.parse((await introspect(world, tokens['access_token'] ?? '')).body);
    const consents = await world.db.query<{ scope: string }>(
      'SELECT scope FROM consent WHERE grant_id = $1',
      [claims.grant_id],
    );
    const events = await world.db.query<{ scope: string; action: string }>(
      `SELECT body::json->>'scope' AS scope, body::json->>'action' AS action FROM outbox
        WHERE body::json->>'grantId' = $1 ORDER BY created_at`,
      [claims.grant_id],
    );
    expect(events.rows.map(({ action }) => action)).toEqual(['grant', 'issue']);
    return [tokens['scope'], claims.scope, ...[...consents.rows, ...events.rows].map(({ scope }) => scope)];
  }

  it.each([
    ['patient/*.read', [], 'patient/*.read'],
    [
      'openid launch/patient patient/Coverage.* patient/Goal.write',
      [],
      'openid launch/patient patient/Coverage.read',
    ],
    ['patient/Coverage.r patient/Goal.cruds patient/Coverage.s', [], 'patient/Coverage.rs patient/Goal.rs'],
    ['patient/Coverage.read patient/Goal.rs', ['plans'], 'patient/Coverage.read'],
    [GRANULAR.join(' '), ['conditions'], GRANULAR.slice(3).join(' ')],
  ])('SMART 35, 58, 61: is the same text everywhere for %s without %j', async (asked, unticked, granted) => {
    const { tokens } = await tokensWithout(asked, unticked);
    expect(await everywhere(tokens)).toEqual(Array.from({ length: 5 }, () => granted));
  });

  it('SMART 58, 64: names types in the form of v1 when a v1 wildcard was narrowed', async () => {
    const { tokens } = await tokensWithout('patient/*.read user/*.read', ['claims']);
    const granted = (tokens['scope'] ?? '').split(' ');
    expect(new Set(await everywhere(tokens))).toEqual(new Set([tokens['scope']]));
    expect(granted).toEqual(expect.arrayContaining(['patient/Coverage.read', 'user/Coverage.read']));
    for (const text of granted) expect(text).toMatch(/^(patient|user)\/[A-Z][A-Za-z]+\.read$/);
    expect(granted.join(' ')).not.toMatch(/ExplanationOfBenefit|\bClaim\b|AuditEvent/);
  });

  it('SMART 69: is the same if the app requested it with URIs', async () => {
    const openid = 'http://openid.net/specs/openid-connect-core-1_0#';
    const smart = 'http://smarthealthit.org/fhir/scopes/';
    const scope = `${openid}openid ${smart}fhirUser ${smart}launch/patient ${openid}offline_access ${smart}patient/*.read`;
    const { tokens } = await tokensWithout(scope, [], { nonce: 'a-nonce' });
    expect(tokens['scope']).toBe('openid fhirUser launch/patient offline_access patient/*.read');
    expect(jose.decodeJwt(tokens['id_token'] ?? '')).toMatchObject({
      nonce: 'a-nonce',
      fhirUser: expect.stringMatching(/\/Patient\/maria$/),
    });
    expect(tokens['refresh_token']).toBeDefined();
  });

  it.each([
    ['S03: ', 'patient/Observation.sr'],
    ['SMART 60: ', 'openid patient/Observation.rs?colour=red'],
    ['SMART 56: ', 'patient/*.rs patient/Observation.rs?status:not=final'],
  ])('%sis refused to an app that asks for %s', async (_title, scope) => {
    const { url, state } = startAuthorization(world, app, { scope });
    const answer = redirected({ ...(await fetchPage(url)) });
    expect(Object.fromEntries(answer)).toMatchObject({
      error: 'invalid_scope',
      scope: scope.split(' ').at(-1),
      state,
    });
  });

  async function fetchPage(url: string) {
    const response = await fetch(url, { redirect: 'manual' });
    return { status: response.status, url, headers: response.headers, html: await response.text() };
  }

  it('SMART 46, 47: sets the member in context when it is about a member', async () => {
    const tokens = await getTokens(world, app, { scope: 'patient/Coverage.rs' });
    expect([tokens['patient'], tokens['scope']]).toEqual(['maria', 'patient/Coverage.rs']);
    const login = await getTokens(world, app, { scope: 'openid fhirUser' });
    expect([login['patient'], login['scope']]).toEqual([undefined, 'openid fhirUser']);
    const context = await getTokens(world, app, { scope: 'launch/patient' });
    expect([context['patient'], context['scope']]).toEqual(['maria', 'launch/patient']);
  });

  it('SMART 63, 67: opens only the data of the member in context when it is for the user', async () => {
    const { url, verifier } = startAuthorization(world, app, { scope: 'user/Coverage.read' });
    const [browser, chooser] = await openAndLogIn(world, url, 'paul.parent');
    const consent = await browser.submit(chooser, 'choose', (fields) => fields.set('member', 'cora'));
    const answer = redirected(await browser.submit(consent, 'agree'));
    const { body } = await exchange(world, app, answer.get('code') ?? '', verifier);
    expect(body).toMatchObject({ scope: 'user/Coverage.read', patient: 'cora' });
    const claims = TokenClaims.parse((await introspect(world, body['access_token'] as string)).body);
    const request = {
      interaction: 'read',
      type: 'Coverage',
      namedOnly: false,
      isReferenceData: false,
      forAuditors: false,
      tenant: 'northwind',
    } as const;
    expect(decide(claims, request)).toMatchObject({ allowed: true, member: 'cora' });
    expect(decide(claims, { ...request, type: 'Goal' })).toMatchObject({ allowed: false });
  });

  it('S08: leaves out what was unchecked, also after a request with prompt=none', async () => {
    const { browser, tokens } = await tokensWithout('patient/*.rs', ['claims']);
    const claims = TokenClaims.parse((await introspect(world, tokens['access_token'] ?? '')).body);
    const request = {
      interaction: 'search-type',
      namedOnly: false,
      isReferenceData: false,
      forAuditors: false,
      tenant: 'northwind',
    } as const;
    expect(decide(claims, { ...request, type: 'ExplanationOfBenefit' })).toEqual({
      allowed: false,
      reason: 'scope-insufficient',
    });
    expect(decide(claims, { ...request, type: 'Coverage' }).allowed).toBe(true);
    const silent = await browser.open(
      startAuthorization(world, app, { scope: 'patient/*.rs', prompt: 'none' }).url,
    );
    expect(redirected(silent).get('error')).toBe('consent_required');
  });

  it('SMART 64: S06: leaves out of a wildcard the types that have to be named', async () => {
    const tokens = await getTokens(world, app, { scope: 'patient/*.rs' });
    const claims = TokenClaims.parse((await introspect(world, tokens['access_token'] ?? '')).body);
    const trail = {
      interaction: 'read',
      type: 'AuditEvent',
      namedOnly: true,
      isReferenceData: false,
      forAuditors: false,
      tenant: 'northwind',
    } as const;
    expect(decide(claims, trail).allowed).toBe(false);
  });

  it('SMART 68: may be long in a POST', async () => {
    const types = ['Coverage', 'Observation', 'Condition', 'Goal'];
    const codes = Array.from(
      { length: 20 },
      (_, index) => `patient/Observation.rs?code=http://loinc.org|${index}-1`,
    );
    const scope = [...types.map((type) => `patient/${type}.read`), ...codes].join(' ');
    const [address = '', query = ''] = startAuthorization(world, app, { scope }).url.split('?');
    const { status, headers } = await post(address, query);
    expect([status, headers.get('location')]).toEqual([303, expect.stringContaining('/interaction/')]);
  });
});
