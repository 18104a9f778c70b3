import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  getCode,
  getTokens,
  introspect,
  startAuthorization,
  openAndLogIn,
  post,
  redirected,
  refresh,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { type Browser } from '../browser.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

describe('refreshing', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  describe('with fewer scopes than were granted', () => {
    const granted =
      'openid launch/patient offline_access patient/*.read user/Observation.rs?category=laboratory';

    it.each([
      ['patient/Coverage.read', 'patient/Coverage.read'],
      ['patient/Coverage.r', 'patient/Coverage.r'],
      ['patient/Coverage.r patient/Coverage.s openid', 'openid patient/Coverage.rs'],
      ['patient/*.rs', 'patient/*.rs'],
      ['patient/Observation.rs?category=laboratory', 'patient/Observation.rs?category=laboratory'],
      [
        'user/Observation.r?category=laboratory&status=final',
        'user/Observation.r?category=laboratory&status=final',
      ],
      ['http://smarthealthit.org/fhir/scopes/patient/Goal.read', 'patient/Goal.read'],
      ['offline_access', 'offline_access'],
      [undefined, granted],
    ])('SMART 75, 76: with %s gives %s, and the next refresh gives all again', async (asked, given) => {
      const tokens = await getTokens(world, app, { scope: granted });
      const less = await refresh(
        world,
        app,
        tokens['refresh_token'] ?? '',
        asked === undefined ? {} : { scope: asked },
      );
      expect([less.status, less.body['scope'], less.body['patient']]).toEqual([200, given, 'maria']);
      expect((await introspect(world, less.body['access_token'] as string)).body['scope']).toBe(given);
      const again = await refresh(world, app, less.body['refresh_token'] as string);
      expect(again.body['scope']).toBe(granted);
    });

    it('SMART 76: S09: refuses more scopes than were granted, and uses nothing up', async () => {
      const tokens = await getTokens(world, app, { scope: granted });
      const token = tokens['refresh_token'] ?? '';
      for (const wider of [
        'patient/Coverage.cruds',
        'patient/AuditEvent.r',
        'patient/Nothing.r',
        'patient/Observation.rs?_count=1',
        'user/Coverage.r',
        'user/Observation.rs',
        'user/Observation.rs?category=vital-signs',
        'system/Coverage.r',
        'patient/Coverage.sr',
        'fhirUser',
        'online_access',
        'cheese',
      ]) {
        const { status, body } = await refresh(world, app, token, { scope: `openid ${wider}` });
        expect([wider, status, body['error'], body['scope']]).toEqual([wider, 400, 'invalid_scope', wider]);
      }
      const other = await registerApp(world, { client_name: 'Another' });
      const stolen = await refresh(world, other, token, { scope: 'user/*.rs' });
      expect(stolen.body['error']).toBe('invalid_grant');
      expect((await refresh(world, app, token)).body['scope']).toBe(granted);
    });

    it('S10: is not changed by a second authorization', async () => {
      const scope = 'launch/patient offline_access patient/Coverage.rs';
      const first = await getTokens(world, app, { scope });
      const second = await getTokens(world, app, { scope: 'launch/patient offline_access patient/*.rs' });
      const renewed = await refresh(world, app, first['refresh_token'] ?? '');
      expect([renewed.status, renewed.body['scope']]).toEqual([200, scope]);
      expect((await introspect(world, first['access_token'] ?? '')).body['scope']).toBe(scope);
      const wider = await refresh(world, app, renewed.body['refresh_token'] as string, {
        scope: 'patient/Goal.rs',
      });
      expect(wider.body['error']).toBe('invalid_scope');
      expect((await introspect(world, second['access_token'] ?? '')).body['active']).toBe(true);
    });
  });

  describe('while the member is logged in', () => {
    const scope = 'launch/patient online_access patient/Coverage.rs';

    /** Agrees to an app, in the session of the browser if there is one. */
    async function agree(change: Record<string, string> = {}, open?: Browser) {
      const { url, verifier } = startAuthorization(world, app, { scope, ...change });
      const [browser, page] = open ? [open, await open.open(url)] : await openAndLogIn(world, url);
      const answer = redirected(await browser.submit(page, 'agree'));
      const { body } = await exchange(world, app, answer.get('code') ?? '', verifier);
      return { browser, page, tokens: body as Record<string, string> };
    }

    const sessions = async () =>
      (await world.db.query(`SELECT id, expires_at FROM oidc_record WHERE model = 'Session' ORDER BY id`))
        .rows;

    it('SMART 74, 79: works with online_access, and does not prolong the session', async () => {
      const { page, tokens } = await agree();
      expect(tokens['scope']).toBe(scope);
      expect(page.html).toContain('While you are logged in');
      const before = await sessions();
      const renewed = await refresh(world, app, tokens['refresh_token'] ?? '');
      expect([renewed.status, renewed.body['scope']]).toEqual([200, scope]);
      expect((await refresh(world, app, renewed.body['refresh_token'] as string)).status).toBe(200);
      expect(await sessions()).toEqual(before);
      const { rows } = await world.db.query<{ seconds: number }>(
        `SELECT extract(epoch FROM until - granted_at)::int AS seconds FROM consent ORDER BY granted_at DESC LIMIT 1`,
      );
      // The end is a whole second, but the beginning is not.
      expect(Math.abs((rows[0]?.seconds ?? 0) - 12 * 60 * 60)).toBeLessThanOrEqual(2);
    });

    it('SMART 79: ends with the session for online_access, and continues for offline_access', async () => {
      const { tokens } = await agree();
      const offline = await getTokens(world, app, {
        scope: 'launch/patient offline_access patient/Coverage.rs',
      });
      await world.db.query(`UPDATE oidc_record SET expires_at = now() WHERE model = 'Session'`);
      const ended = await refresh(world, app, tokens['refresh_token'] ?? '');
      expect([ended.status, ended.body['error']]).toEqual([400, 'invalid_grant']);
      expect((await refresh(world, app, offline['refresh_token'] ?? '')).status).toBe(200);
    });

    it('SMART 99: can be given up by the app after the session, with the access token that is left', async () => {
      const { tokens } = await agree();
      await world.db.query(`UPDATE oidc_record SET expires_at = now() WHERE model = 'Session'`);
      const asked = { token: tokens['refresh_token'] ?? '', client_id: app.client_id };
      const revoked = await post(`${tenantOf(world).issuer}/revoke`, new URLSearchParams(asked));
      const left = await introspect(world, tokens['access_token'] ?? '');
      expect([revoked.status, left.body]).toEqual([200, { active: false }]);
      const { rows } = await world.db.query(
        'SELECT end_reason FROM consent ORDER BY granted_at DESC LIMIT 1',
      );
      expect(rows).toEqual([{ end_reason: 'app' }]);
    });

    it('SMART 79: ends when another person logs in with the same browser', async () => {
      const { browser, tokens } = await agree();
      const login = await browser.open(startAuthorization(world, app, { scope, prompt: 'login' }).url);
      await browser.logIn(login, 'paul.parent', PASSWORD);
      expect((await refresh(world, app, tokens['refresh_token'] ?? '')).body['error']).toBe('invalid_grant');
    });

    it('SMART 79: S10: continues when the same app is connected again', async () => {
      const first = await agree();
      const second = await agree({}, first.browser);
      for (const { tokens } of [first, second])
        expect((await refresh(world, app, tokens['refresh_token'] ?? '')).status).toBe(200);
    });

    it('SMART 74: follows offline_access if the app asks for both', async () => {
      const { page, tokens } = await agree({ scope: `${scope} offline_access` });
      expect(tokens['scope']).toBe('launch/patient offline_access patient/Coverage.rs');
      expect(page.html).not.toContain('While you are logged in');
      await world.db.query(`UPDATE oidc_record SET expires_at = now() WHERE model = 'Session'`);
      expect((await refresh(world, app, tokens['refresh_token'] ?? '')).status).toBe(200);
    });

    it('SMART 74: is granted in neither form to a client without refresh tokens', async () => {
      const plain = await registerApp(world, { grant_types: ['authorization_code'] });
      const { code, verifier } = await getCode(world, plain, { scope: `${scope} offline_access` });
      const { body } = await exchange(world, plain, code, verifier);
      expect([body['scope'], body['refresh_token']]).toEqual([
        'launch/patient patient/Coverage.rs',
        undefined,
      ]);
    });

    it('SMART 74: needs one of the two scopes', async () => {
      expect(
        (await getTokens(world, app, { scope: 'patient/Coverage.rs' }))['refresh_token'],
      ).toBeUndefined();
    });
  });
});
