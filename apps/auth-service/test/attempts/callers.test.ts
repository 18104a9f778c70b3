import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import {
  exchange,
  getCode,
  getTokens,
  openAndLogIn,
  post,
  refresh,
  registerApp,
  type RegisteredApp,
  startAuthorization,
} from '../app.ts';
import { openApps, revokeLinks } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { takeAllEvents } from '../events.ts';
import { plantAccessToken } from '../plant.ts';
import { ADMIN_SECRET, GATEWAY_BASIC, PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

const RPC = { authorization: `Basic ${Buffer.from('nobody:secret').toString('base64')}` };

describe('an access attempt at auth-service is in the trail with its reason and its caller', () => {
  let world: World;
  let app: RegisteredApp;
  let other: RegisteredApp;
  let confidential: RegisteredApp;
  let issuer: string;
  beforeAll(async () => {
    world = await startWorld();
    issuer = tenantOf(world).issuer;
    app = await registerApp(world);
    other = await registerApp(world, { client_name: 'Other App' });
    confidential = await registerApp(world, {
      client_name: 'Web App',
      token_endpoint_auth_method: 'client_secret_basic',
    });
  }, 120_000);
  beforeEach(async () => {
    await world.flush();
    await takeAllEvents(world);
  });
  afterAll(() => world?.stop());

  /** All events, with those that only the edge makes. */
  async function recorded(): Promise<AccessEvent[]> {
    await world.flush();
    return takeAllEvents(world);
  }
  const attempts = async () =>
    (await recorded()).filter(({ kind }) => kind === 'attempt' || kind === 'denied-attempts');

  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  });

  it.each([
    ['userinfo', undefined],
    ['A28: userinfo for an app that sees nothing but who logs in', 'openid fhirUser'],
  ])('%s, with the member and the grant', async (_what, scope) => {
    const tokens = await getTokens(world, app, scope === undefined ? {} : { scope });
    await takeAllEvents(world);
    const answer = await fetch(`${issuer}/userinfo`, {
      headers: { authorization: `Bearer ${tokens['access_token']}` },
    });
    expect(answer.status).toBe(200);
    expect(await recorded()).toMatchObject([
      {
        kind: 'account',
        action: 'read-userinfo',
        outcome: '0',
        member: 'maria',
        client: { id: app.client_id },
        grantId: expect.any(String),
        user: { sub: expect.any(String) },
      },
    ]);
  });

  it('userinfo is not answered when its event cannot be stored', async () => {
    const tokens = await getTokens(world, app);
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      const headers = { authorization: `Bearer ${tokens['access_token']}` };
      const answer = await fetch(`${issuer}/userinfo`, { headers });
      expect([answer.status, await answer.text()]).toEqual([503, expect.not.stringContaining('maria')]);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
  });

  it('a code of another client, and a code with another verifier', async () => {
    const { code, verifier } = await getCode(world, app);
    await takeAllEvents(world);
    expect((await exchange(world, other, code, verifier)).status).toBe(400);
    expect(await attempts()).toMatchObject([
      {
        kind: 'attempt',
        action: 'refuse',
        reason: 'client-mismatch',
        client: { id: other.client_id, name: 'Other App' },
        grantId: expect.any(String),
      },
    ]);
    const wrong = createHash('sha256').update(randomUUID()).digest('base64url');
    expect((await exchange(world, app, code, wrong)).status).toBe(400);
    expect(await attempts()).toMatchObject([
      {
        kind: 'attempt',
        reason: 'code-verifier-does-not-match-code-challenge',
        client: { id: app.client_id },
      },
    ]);
  });

  it('a refresh by another client, and one with a wider scope', async () => {
    const tokens = await getTokens(world, app, {
      scope: 'launch/patient offline_access patient/Coverage.rs',
    });
    await takeAllEvents(world);
    const token = tokens['refresh_token'] as string;
    expect((await refresh(world, other, token)).status).toBe(400);
    const [mismatch] = await attempts();
    expect(mismatch).toMatchObject({ reason: 'client-mismatch', client: { id: other.client_id } });
    expect(mismatch?.grantId).toEqual(expect.any(String));
    expect((await refresh(world, app, token, { scope: 'patient/Coverage.rs patient/Claim.rs' })).status).toBe(
      400,
    );
    expect(await attempts()).toMatchObject([
      { kind: 'attempt', reason: 'invalid-scope', client: { id: app.client_id }, grantId: mismatch?.grantId },
    ]);
  });

  it('a failed authentication of a client, counted under the id that it claims', async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    expect((await post(`${issuer}/token`, form, basic(confidential.client_id, 'wrong'))).status).toBe(401);
    expect((await post(`${issuer}/token`, form, RPC)).status).toBe(401);
    const counted = await attempts();
    expect(counted).toHaveLength(2);
    expect(counted).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'denied-attempts',
          reason: 'invalid-client',
          count: 1,
          client: expect.objectContaining({ id: confidential.client_id }),
        }),
        expect.not.objectContaining({ client: expect.anything() }),
      ]),
    );
  });

  it('introspection: what was told, what was not, and who may not ask', async () => {
    const tokens = await getTokens(world, app);
    await takeAllEvents(world);
    const secret = confidential.client_secret ?? '';
    const ask = (headers: Record<string, string>) =>
      post(`${issuer}/introspect`, new URLSearchParams({ token: tokens['access_token'] as string }), headers);
    const answer = await ask(basic(confidential.client_id, secret));
    expect([answer.status, answer.body['active']]).toEqual([200, false]);
    expect(await attempts()).toMatchObject([
      { kind: 'attempt', reason: 'token-inactive', client: { id: confidential.client_id } },
    ]);
    const own = await plantAccessToken(world, confidential, 'patient/Coverage.rs');
    await takeAllEvents(world);
    const told = new URLSearchParams({ token: own });
    expect(
      (await post(`${issuer}/introspect`, told, basic(confidential.client_id, secret))).body['active'],
    ).toBe(true);
    expect(await recorded()).toMatchObject([
      {
        kind: 'account',
        action: 'read-introspection',
        member: 'maria',
        client: { id: confidential.client_id },
      },
    ]);
    expect((await ask(RPC)).status).toBe(401);
    expect(await attempts()).toMatchObject([{ kind: 'denied-attempts', reason: 'invalid-client' }]);
  });

  it('a consent form whose seal is forged, and one of another site', async () => {
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    await takeAllEvents(world);
    const forged = await browser.submit(page, 'agree', (form) => form.set('snapshot_seal', 'forged'));
    expect(forged.status).toBe(409);
    expect(await attempts()).toMatchObject([
      { kind: 'attempt', reason: 'consent-page-changed', member: 'maria', client: { id: app.client_id } },
    ]);
    browser.headers['sec-fetch-site'] = 'cross-site';
    expect((await browser.submit(forged, 'agree')).status).toBe(403);
    expect(await attempts()).toMatchObject([{ kind: 'attempt', reason: 'form-refused', member: 'maria' }]);
  });

  it('a registration that is asked for with a wrong token', async () => {
    const headers = { authorization: 'Bearer not-the-token-of-this-registration' };
    expect((await fetch(`${issuer}/register/${app.client_id}`, { headers })).status).toBe(401);
    expect(await attempts()).toMatchObject([{ kind: 'denied-attempts', reason: 'invalid-token', count: 1 }]);
  });

  it('the sandbox, with the token of another plan', async () => {
    const headers = { authorization: `Bearer ${(await getTokens(world, app))['access_token']}` };
    await takeAllEvents(world);
    const url = `${world.url}/auth/lakeside/sandbox/throttle`;
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(401);
    expect(await attempts()).toMatchObject([
      { kind: 'denied-attempts', reason: 'invalid-token', tenant: 'lakeside' },
    ]);
  });

  it('the pages of a person who is logged in', async () => {
    const browser = new Browser(world.url);
    const login = await browser.open(tenantOf(world).appsPage);
    await browser.logIn(login, 'maria.many', PASSWORD);
    await takeAllEvents(world);
    for (const page of ['apps', 'security', 'security/password', 'email'])
      await browser.open(`${world.url}/auth/northwind/${page}`);
    const events = await recorded();
    for (const action of ['read-apps', 'read-security'])
      expect(events).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ kind: 'account', action, member: 'maria', outcome: '0' }),
        ]),
      );
    expect(events.every(({ released }) => released === undefined)).toBe(true);
  });

  it('what an administrator reads, with the persons of whom it tells', async () => {
    const path = '/internal/admin/northwind/logins/maria.many/relations';
    const headers = { authorization: `Bearer ${ADMIN_SECRET}`, 'x-administrator': 'Ada' };
    const answer = await fetch(`${world.address}${path}`, { headers });
    const { relations } = (await answer.json()) as { relations: { id: string }[] };
    expect(relations.length).toBeGreaterThan(0);
    const told = relations.map(({ id }) => id);
    expect(await recorded()).toMatchObject([
      {
        ...{ kind: 'account', action: 'read-relations', outcome: '0', user: { sub: 'Ada' } },
        ...{ counts: { Person: told.length }, resources: { Person: told.join(' ') } },
      },
    ]);
  });

  it.each(['auditor-identities?login=kim', 'person-changes'])(
    'that an administrator was told of nobody: %s',
    async (path) => {
      const headers = { authorization: `Bearer ${ADMIN_SECRET}`, 'x-administrator': 'Ada' };
      const answer = await fetch(`${world.address}/internal/admin/northwind/${path}`, { headers });
      expect(answer.status).toBe(200);
      const [event, ...others] = await recorded();
      expect([event?.outcome, event?.counts, event?.resources, others]).toEqual([
        '0',
        { Person: 0 },
        undefined,
        [],
      ]);
    },
  );

  it('access that a member ends a second time, which ends nothing', async () => {
    await getTokens(world, app);
    const visit = await openApps(world);
    const confirm = await visit.browser.open(revokeLinks(visit.page, world)[0] as string);
    await visit.browser.submit(confirm, 'revoke');
    await recorded();
    await visit.browser.submit(confirm, 'revoke');
    expect(await attempts()).toMatchObject([{ kind: 'attempt', reason: 'not-found', member: 'maria' }]);
  });

  it('a token that ended, by app and grant, and one that was never issued not at all', async () => {
    const tokens = await getTokens(world, app);
    const token = tokens['access_token'] as string;
    const form = new URLSearchParams({ token: tokens['refresh_token'] as string, client_id: app.client_id });
    await post(`${issuer}/revoke`, form);
    const [revoked] = (await recorded()).filter(({ action }) => action === 'revoke');
    for (const [of, member] of [[app, 'maria'] as const, [other, undefined] as const]) {
      await refresh(world, of, tokens['refresh_token'] as string);
      const [refused] = await attempts();
      const said = [refused?.client?.id, refused?.grantId, refused?.member];
      expect(said).toEqual([of.client_id, revoked?.grantId, member]);
    }
    const requestId = randomUUID();
    const ask = (value: string) =>
      fetch(`${world.address}/internal/northwind/introspection`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: GATEWAY_BASIC,
          'x-request-id': requestId,
          'x-forwarded-for': '203.0.113.9',
        },
        body: JSON.stringify({ token: value, request: 'GET /payer/patient-access/v2/northwind/Coverage' }),
      });
    const answer = await ask(token);
    expect([answer.status, answer.headers.get('x-refusal-recorded')]).toEqual([204, 'yes']);
    expect(await attempts()).toMatchObject([
      {
        kind: 'attempt',
        action: 'refuse',
        reason: 'token-ended',
        requestId,
        address: '203.0.113.9',
        client: { id: app.client_id, name: 'Health Diary' },
        grantId: revoked?.grantId,
        member: 'maria',
        request: 'GET /payer/patient-access/v2/northwind/Coverage',
      },
    ]);
    const unknown = await ask('never-issued-here-0123456789');
    expect([unknown.status, unknown.headers.get('x-refusal-recorded')]).toEqual([204, null]);
    expect(await attempts()).toEqual([]);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${issuer}/userinfo`, { headers })).status).toBe(401);
    expect(await attempts()).toMatchObject([
      { kind: 'attempt', reason: 'token-ended', client: { id: app.client_id } },
    ]);
  });
});
