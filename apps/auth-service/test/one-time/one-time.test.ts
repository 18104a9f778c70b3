import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { digest } from '../../src/domain/keys/secrets.ts';
import {
  exchange,
  getCode,
  getTokens,
  introspect,
  post,
  refresh,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { plantCode } from '../plant.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const TIMES = 10;

describe('values that can be used once', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  async function expectDead(token: string | undefined): Promise<void> {
    if (token === undefined) return;
    expect((await introspect(world, token)).body).toEqual({ active: false });
  }

  it('O04: a code is redeemed by one of ten concurrent requests, and the grant then ends', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { code, verifier } = await getCode(world, app);
      const answers = await Promise.all(
        Array.from({ length: TIMES }, () => exchange(world, app, code, verifier)),
      );
      const successes = answers.filter(({ status }) => status === 200);
      expect(successes.length).toBeLessThanOrEqual(1);
      for (const { status, body } of answers) if (status !== 200) expect(body['error']).toBe('invalid_grant');
      for (const { body } of successes) {
        await expectDead(body['access_token'] as string);
        expect((await refresh(world, app, body['refresh_token'] as string)).status).toBe(400);
      }
    }
  });

  it('O04: a second use of a code ends the grant, its tokens and the consent', async () => {
    const { code, verifier } = await getCode(world, app);
    const first = await exchange(world, app, code, verifier);
    expect(first.status).toBe(200);
    expect((await introspect(world, first.body['access_token'] as string)).body['active']).toBe(true);
    expect((await exchange(world, app, code, verifier)).body['error']).toBe('invalid_grant');
    await expectDead(first.body['access_token'] as string);
    const { rows } = await world.db.query(
      `SELECT body FROM outbox WHERE body LIKE '%"reuse"%' AND body LIKE '%"8"%'`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(1);
  });

  it('a grant that is revoked while it is used leaves no valid token', async () => {
    for (let round = 0; round < 20; round += 1) {
      const tokens = await getTokens(world, app);
      const token = tokens['refresh_token'] as string;
      const form = new URLSearchParams({ token, client_id: app.client_id });
      const [renewed, revoked] = await Promise.all([
        refresh(world, app, token),
        post(`${tenantOf(world).issuer}/revoke`, form),
      ]);
      expect(revoked.status).toBe(200);
      await expectDead(tokens['access_token']);
      await expectDead(renewed.body['access_token'] as string | undefined);
    }
  });

  it('O05: a code is redeemed only for the app that requested it, with its redirect URI, plan and verifier', async () => {
    const other = await registerApp(world, { client_name: 'Another' });
    const elsewhere = await registerApp(world, {}, 'lakeside');
    const { code, verifier } = await getCode(world, app);
    for (const [who, proof] of [
      [other, verifier],
      [elsewhere, verifier],
      [{ ...app, redirect_uri: 'https://app.example/other' }, verifier],
      [app, 'x'.repeat(43)],
    ] as const) {
      expect((await exchange(world, who, code, proof)).body['error']).toBe('invalid_grant');
    }
    expect((await exchange(world, app, code, verifier)).status).toBe(200);
  });

  it('O06: a code is accepted for one minute', async () => {
    const { code, verifier } = await getCode(world, app);
    const aged = await world.db.query(
      `UPDATE oidc_record SET expires_at = expires_at - interval '61 seconds'
        WHERE model = 'AuthorizationCode' AND consumed_at IS NULL AND expires_at <= now() + interval '60 seconds'`,
    );
    expect(aged.rowCount).toBeGreaterThanOrEqual(1);
    expect((await exchange(world, app, code, verifier)).body['error']).toBe('invalid_grant');
  });

  it('O06: a code that expires while it is redeemed was not used twice, so its grant goes on', async () => {
    const { code, verifier, grantId } = await plantCode(world, app);
    const client = await world.db.connect();
    await client.query('BEGIN');
    await client.query('UPDATE oidc_record SET expires_at = now() WHERE id = $1', [digest(code)]);
    const answer = exchange(world, app, code, verifier);
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%requested%'`;
    await waitUntil(async () => (await world.db.query(waits)).rowCount || undefined);
    await client.query('COMMIT');
    client.release();
    expect(await answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect((await exchange(world, app, code, verifier)).body['error']).toBe('invalid_grant');
    const live = 'SELECT FROM consent WHERE grant_id = $1 AND revoked_at IS NULL';
    expect((await world.db.query(live, [grantId])).rowCount).toBe(1);
  });
});
