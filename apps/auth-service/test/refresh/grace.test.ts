import { createHash, hkdfSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Keys, unseal } from '../../src/domain/keys/secrets.ts';
import { exchange, getTokens, introspect, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { plantCode } from '../plant.ts';
import { startWorld, type World } from '../world.ts';

const IDENTITY = 'openid fhirUser launch/patient offline_access patient/*.rs';

describe('a refresh token that is sent a second time', () => {
  let world: World;
  let replica: World;
  let app: RegisteredApp;
  let old: string;
  let first: Record<string, unknown>;
  beforeAll(async () => {
    world = await startWorld();
    replica = await world.replica();
    app = await registerApp(world);
  }, 60_000);
  beforeEach(async () => {
    const { code, verifier } = await plantCode(world, app, IDENTITY);
    old = (await exchange(world, app, code, verifier)).body['refresh_token'] as string;
    first = (await refresh(world, app, old)).body;
  });
  afterAll(() => world?.stop());

  const isLive = async (token: unknown) =>
    (await introspect(world, token as string)).body['active'] as boolean;

  /** Makes the stored records older. */
  const wait = (seconds: number) =>
    world.db.query(
      `UPDATE oidc_record SET expires_at = expires_at - make_interval(secs => $1)
                     WHERE model = 'RefreshResponse'`,
      [seconds],
    );

  async function expectRevoked(): Promise<void> {
    const again = await refresh(world, app, old);
    expect([again.status, again.body['error']]).toEqual([400, 'invalid_grant']);
    expect(await isLive(first['access_token'])).toBe(false);
    expect((await refresh(world, app, first['refresh_token'] as string)).body['error']).toBe('invalid_grant');
  }

  it('SMART 77, 78: gets the lost response within 30 seconds, on any replica', async () => {
    expect(Object.keys(first).sort()).toEqual([
      'access_grant_expiration',
      'access_token',
      'expires_in',
      'id_token',
      'need_patient_banner',
      'patient',
      'refresh_token',
      'scope',
      'tenant',
      'token_type',
    ]);
    await wait(25);
    for (const there of [world, replica]) {
      const { status, headers, body } = await refresh(there, app, old);
      expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([
        200,
        'no-store',
        'no-cache',
      ]);
      expect(body).toEqual({ ...first, expires_in: expect.any(Number) });
      expect(Number(first['expires_in']) - Number(body['expires_in'])).toBeLessThan(30);
    }
    expect(await isLive(first['access_token'])).toBe(true);
    expect((await refresh(replica, app, first['refresh_token'] as string)).status).toBe(200);
  });

  it('SMART 78: ends the grant after 30 seconds, and causes an event', async () => {
    await wait(30);
    await world.db.query('DELETE FROM outbox');
    await expectRevoked();
    const { rows } = await world.db.query<{ body: string }>('SELECT body FROM outbox ORDER BY created_at');
    const events = rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'token', action: 'reuse', outcome: '8' }));
    expect(events.filter(({ kind }) => kind === 'consent')).toEqual([
      expect.objectContaining({ action: 'revoke', reason: 'reuse', outcome: '0' }),
    ]);
    const { rows: consents } = await world.db.query(
      'SELECT 1 FROM consent WHERE revoked_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM oidc_record r WHERE r.grant_id = consent.grant_id)',
    );
    expect(consents.length).toBeGreaterThanOrEqual(1);
  });

  it('SMART 78: ends the grant at once when the new token was already used', async () => {
    expect((await refresh(world, app, first['refresh_token'] as string)).status).toBe(200);
    await expectRevoked();
  });

  it('ends the grant when the second request differs from the first', async () => {
    const other = await refresh(world, app, old, { scope: 'patient/*.rs' });
    expect(other.body['error']).toBe('invalid_grant');
    expect(await isLive(first['access_token'])).toBe(false);
  });

  it('gets no response again after its new token was revoked', async () => {
    await world.db.query(`DELETE FROM oidc_record WHERE model = 'AccessToken'`);
    await expectRevoked();
  });

  it('SMART 75: is refused for another client, and its owner can still use it', async () => {
    const thief = await registerApp(world, { client_name: 'Another' });
    for (const token of [old, first['refresh_token'] as string]) {
      expect((await refresh(world, thief, token)).body['error']).toBe('invalid_grant');
    }
    expect(await isLive(first['access_token'])).toBe(true);
  });

  it('causes an event that says that the response was repeated', async () => {
    await world.db.query('DELETE FROM outbox');
    await refresh(replica, app, old);
    const { rows } = await world.db.query<{ body: string }>('SELECT body FROM outbox');
    const { jti } = (await introspect(world, first['access_token'] as string)).body;
    // Refused requests of the tests before are recorded a second later, each with an event of its own.
    const events = rows.map(({ body }) => JSON.parse(body) as { kind: string });
    expect(events.filter(({ kind }) => kind !== 'attempt')).toMatchObject([
      { kind: 'token', action: 'repeat', outcome: '0', member: 'maria', token: jti },
    ]);
  });

  it('gets a response that is stored so that only the old token can decrypt it', async () => {
    const { rows } = await world.db.query<{ payload: string; id: string }>(
      `SELECT id, payload::jsonb ->> 'sealed' AS payload FROM oidc_record WHERE model = 'RefreshResponse' ORDER BY expires_at DESC LIMIT 1`,
    );
    const [{ id, payload } = { id: '', payload: '' }] = rows;
    expect(id).toBe(createHash('sha256').update(old).digest('base64url'));
    const text = Buffer.from(payload, 'base64url').toString('latin1');
    for (const secret of ['access_token', first['access_token'], first['refresh_token'], old])
      expect(text).not.toContain(secret);
    const keyOf = (value: string): Keys => [
      Buffer.from(hkdfSync('sha256', value, '', 'refresh-response', 32)),
    ];
    const context = JSON.stringify([app.tenant, app.client_id, null]);
    expect(unseal(keyOf(old), context, Buffer.from(payload, 'base64url'))).toContain(first['access_token']);
    // Neither the other columns of the row nor the key of the service decrypts it.
    for (const value of [id, payload, world.master.toString('base64url')])
      expect(() => unseal(keyOf(value), context, Buffer.from(payload, 'base64url'))).toThrow();
  });

  it('can be sent again when its rotation could not be stored', async () => {
    const next = first['refresh_token'] as string;
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      const { status, body } = await refresh(world, app, next);
      // A commit whose answer is lost looks the same, so the words do not say that nothing has changed.
      expect([status, body['error_description']]).toEqual([503, 'Send the same request again in a moment.']);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect((await refresh(world, app, next)).status).toBe(200);
  });

  it('S10: of an earlier grant does not get the scope of a later grant', async () => {
    const narrow = 'launch/patient offline_access patient/Coverage.rs';
    const tokens = await getTokens(world, app, { scope: narrow });
    await getTokens(world, app, { scope: 'launch/patient offline_access patient/*.rs' });
    const renewed = await refresh(world, app, tokens['refresh_token'] as string);
    expect(renewed.body['scope']).toBe(narrow);
    expect((await introspect(world, renewed.body['access_token'] as string)).body['scope']).toBe(narrow);
  });
});
