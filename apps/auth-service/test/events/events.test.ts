import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { SENSITIVE_CATEGORIES } from '@patient-access/fhir';
import {
  exchange,
  getCode,
  getTokens,
  startAuthorization,
  openAndLogIn,
  post,
  redirected,
  refresh,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser } from '../browser.ts';
import { takeAllEvents } from '../events.ts';
import { GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';

describe('access events', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  /** The events since the last call. */
  async function recorded(): Promise<AccessEvent[]> {
    // What the edge says of a refusal comes a moment later: test/attempts.
    return (await takeAllEvents(world)).filter(({ kind }) => kind !== 'attempt');
  }

  it('record login, consent, issue, refresh and revocation', async () => {
    await recorded();
    const tokens = await getTokens(world, app);
    const renewed = await refresh(world, app, tokens['refresh_token'] as string);
    const form = new URLSearchParams({
      token: renewed.body['refresh_token'] as string,
      client_id: app.client_id,
    });
    await post(`${tenantOf(world).issuer}/revoke`, form);
    const events = await recorded();
    expect(events.map(({ kind, action, outcome }) => `${kind} ${action} ${outcome}`)).toEqual([
      'login login 0',
      'consent grant 0',
      'token issue 0',
      'token refresh 0',
      'consent revoke 0',
    ]);
    for (const event of events) {
      expect(event).toMatchObject({
        tenant: 'northwind',
        service: 'auth-service',
        member: 'maria',
        client: { id: app.client_id, name: 'Health Diary' },
        user: { iss: tenantOf(world).issuer },
      });
    }
    expect(events.at(-1)).toMatchObject({ by: 'app', reason: 'app', grantId: events[1]?.grantId });
    expect(new Set(events.map(({ user }) => user?.sub)).size).toBe(1);
    expect(events[2]?.scope).toBe(events[1]?.scope);
    expect(JSON.stringify(events)).not.toContain(tokens['access_token']);
  });

  it('contain the labels that were released to the grant, and none before there is a grant', async () => {
    await recorded();
    const { url, verifier } = startAuthorization(world, app);
    const [browser, page] = await openAndLogIn(world, url);
    const answer = await browser.submit(page, 'agree', (form) => form.append('sensitive', 'genetics'));
    const code = redirected(answer).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    const renewed = await refresh(world, app, body['refresh_token'] as string);
    const form = { token: renewed.body['refresh_token'] as string, client_id: app.client_id };
    await post(`${tenantOf(world).issuer}/revoke`, new URLSearchParams(form));
    const [other, otherPage] = await openAndLogIn(world, startAuthorization(world, app).url);
    await other.submit(otherPage, 'deny');
    const [genetics, nothing] = [SENSITIVE_CATEGORIES.genetics, []];
    expect((await recorded()).map(({ kind, action, released }) => [`${kind} ${action}`, released])).toEqual([
      ['login login', nothing],
      ['consent grant', genetics],
      ['token issue', genetics],
      ['token refresh', genetics],
      ['consent revoke', genetics],
      ['login login', nothing],
      ['consent deny', nothing],
    ]);
  });

  it('record a failed login without naming an unknown person', async () => {
    const browser = new Browser(world.url);
    browser.headers['x-forwarded-for'] = '203.0.113.9';
    const page = await browser.open(startAuthorization(world, app).url);
    await browser.logIn(page, 'nobody.here', 'x');
    await browser.logIn(page, 'maria.many', 'x');
    const [unknown, known] = await recorded();
    expect(unknown).toMatchObject({
      kind: 'login',
      outcome: '4',
      reason: 'wrong-password',
      address: '203.0.113.9',
    });
    expect(unknown).not.toHaveProperty('member');
    expect(unknown).not.toHaveProperty('user');
    expect(known).toMatchObject({ outcome: '4', member: 'maria' });
    expect(JSON.stringify(unknown)).not.toContain('nobody.here');
  });

  it('record a change when the same person chooses again for an app with a live grant', async () => {
    const another = await registerApp(world);
    const agreed = async (scope: string, login?: string) => {
      await recorded();
      await getTokens(world, another, { scope }, login);
      const [event] = (await recorded()).filter(({ kind }) => kind === 'consent');
      return event;
    };
    const [more, less] = ['launch/patient patient/Coverage.rs patient/Observation.rs', 'patient/Coverage.rs'];
    expect(await agreed(more)).toMatchObject({ action: 'grant' });
    const changed = await agreed(less);
    expect(changed).toMatchObject({ action: 'change', member: 'maria', outcome: '0', scope: less });
    expect(changed?.snapshotSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await agreed(less)).toMatchObject({ action: 'grant' });
    expect(await agreed(more, 'rita.related')).toMatchObject({ action: 'grant' });
    await world.db.query("UPDATE consent SET revoked_at = now(), end_reason = 'plan' WHERE client_id = $1", [
      another.client_id,
    ]);
    expect(await agreed(more)).toMatchObject({ action: 'grant' });
  });

  it('record a refusal', async () => {
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    await browser.submit(page, 'deny');
    expect((await recorded()).at(-1)).toMatchObject({ kind: 'consent', action: 'deny', member: 'maria' });
  });

  it('record what the gateway refused, of an unknown plan in the trail of no plan', async () => {
    const since = '2026-11-25T00:00:00.000Z';
    const attempt = {
      tenant: 'northwind',
      address: '203.0.113.9',
      reason: 'token-invalid',
      outcome: '4',
      count: 7,
      since,
    };
    const send = (body: unknown) =>
      post(`${world.url}/internal/attempts`, body as Record<string, unknown>, {
        authorization: GATEWAY_BASIC,
      });
    expect((await send([attempt, { ...attempt, tenant: 'nowhere' }])).status).toBe(204);
    expect(await recorded()).toMatchObject([
      {
        kind: 'denied-attempts',
        count: 7,
        reason: 'token-invalid',
        recorded: since,
        address: '203.0.113.9',
        tenant: 'northwind',
        service: 'auth-service/gateway',
      },
      { kind: 'denied-attempts', count: 7, tenant: 'no-plan' },
    ]);
    for (const wrong of [{}, [{ ...attempt, count: -1 }], [{ ...attempt, since: 'x' }]]) {
      expect((await send(wrong)).status).toBe(400);
    }
  });

  it('are stored first: nothing is issued when they cannot be stored', async () => {
    const { code, verifier } = await getCode(world, app);
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      const { status, body } = await exchange(world, app, code, verifier);
      expect([status, body['error'], body['access_token']]).toEqual([
        503,
        'temporarily_unavailable',
        undefined,
      ]);
      const consent = await browser.submit(page, 'agree');
      expect([consent.status, consent.headers.get('location')]).toEqual([500, null]);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
  });
});
