import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { createPrisma } from '../../src/domain/database.ts';
import { createTenant, suspendTenant } from '../../src/domain/administration/plans/tenants.ts';
import { sweep } from '../../src/domain/grants/sweep.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { randomBytes } from 'node:crypto';
import { waitUntil } from '@patient-access/testing';
import { administer } from '../administration.ts';
import { getCode, startAuthorization, post, REDIRECT, registerApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { initialToken } from './initial-token.ts';

const LIMITS = { perAddressPerHour: 3, perTenantPerHour: 8, unusedDays: 5 };

describe('registration', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    const settings = TenantSettings.parse({ registration: LIMITS });
    await createTenant(createPrisma(pool), [randomBytes(32)], {
      id: 'lakeside',
      name: 'L',
      kind: 'preview',
      settings,
    });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const send = (address: string, tenant = 'lakeside', headers: Record<string, string> = {}) =>
    post(
      `${tenantOf(world, tenant).issuer}/register`,
      { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' },
      { 'x-forwarded-for': address, ...headers },
    );
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const made = (answers: { status: number }[]) => answers.filter(({ status }) => status === 201).length;

  /** Deletes the counts, as happens at the end of an hour. */
  const nextHour = () => world.db.query('DELETE FROM registration_count');

  it('O17: without a token is limited by address and by tenant, also in parallel, with Retry-After', async () => {
    await nextHour();
    const flood = await Promise.all(Array.from({ length: 10 }, () => send('203.0.113.1')));
    expect(made(flood)).toBe(LIMITS.perAddressPerHour);
    const refused = flood.find(({ status }) => status !== 201);
    expect([refused?.status, refused?.body['error']]).toEqual([429, 'temporarily_unavailable']);
    const seconds = Number(refused?.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(3_600);
    const shown = flood.map(({ headers }) => headers.get('ratelimit')?.replace(/;t=\d+$/, '')).sort();
    expect(shown).toEqual([...Array(7).fill(0), 0, 1, 2].map((left) => `"registration";r=${left}`));
    expect(flood[0]?.headers.get('ratelimit-policy')).toBe('"registration";q=3;w=3600');
    const others = await Promise.all(Array.from({ length: 10 }, (_, index) => send(`198.51.100.${index}`)));
    expect(made([...flood, ...others])).toBe(LIMITS.perTenantPerHour);
    const byPlan = others.find(({ status }) => status === 429);
    expect(byPlan?.headers.get('ratelimit')).toMatch(/^"registration-of-plan";r=0;t=\d+$/);
  });

  it('O17: from one IPv6 network counts as from one address', async () => {
    await nextHour();
    const hosts = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((host) => send(`2001:db8:1:2::${host}`)));
    expect(made(hosts)).toBe(LIMITS.perAddressPerHour);
    expect((await send('2001:db8:1:3::a')).status).toBe(201);
    const mapped = await Promise.all(
      ['192.0.2.9', '::ffff:192.0.2.9', '192.0.2.9', '::ffff:c000:209'].map((a) => send(a)),
    );
    expect(made(mapped)).toBe(LIMITS.perAddressPerHour);
  });

  it('O17: does not count if it is refused for its content', async () => {
    await nextHour();
    const url = `${tenantOf(world, 'lakeside').issuer}/register`;
    for (let attempt = 0; attempt < 5; attempt += 1)
      await post(url, { redirect_uris: ['nonsense'] }, { 'x-forwarded-for': '203.0.113.2' });
    expect((await send('203.0.113.2')).status).toBe(201);
  });

  it('O17: is deleted after some days, unless a member agreed to the app', async () => {
    const [unused, used] = [await registerApp(world), await registerApp(world)];
    await getCode(world, used, { scope: 'launch/patient offline_access patient/*.rs' });
    const days = async (id: string) =>
      (
        await world.db.query(
          `SELECT round(extract(epoch FROM expires_at - now()) / 86400)::int AS days FROM client WHERE id = $1`,
          [id],
        )
      ).rows[0]?.days;
    expect(await days(unused.client_id)).toBe(30);
    // The grant's 90 days, 30 without a consent, and the day in which other consents leave it as it is.
    expect(await days(used.client_id)).toBe(121);
    await world.db.query(`UPDATE client SET expires_at = expires_at - interval '31 days'`);
    const page = await fetch(startAuthorization(world, unused).url, { redirect: 'manual' });
    expect(page.status).toBe(400);
    const failed: string[] = [];
    await sweep(pool, (table) => failed.push(table));
    expect(failed).toEqual([]);
    expect(await days(unused.client_id)).toBeUndefined();
    expect(await days(used.client_id)).toBe(90);
  });

  it('is written by the first consent of a day alone, so that consents to one app do not wait for each other', async () => {
    const app = await registerApp(world);
    const written = async () =>
      (await world.db.query('SELECT xmin::text FROM client WHERE id = $1', [app.client_id])).rows[0]?.xmin;
    const agree = () => getCode(world, app, { scope: 'launch/patient offline_access patient/*.rs' });
    const registered = await written();
    await agree();
    const first = await written();
    expect(first).not.toBe(registered);
    await agree();
    expect(await written()).toBe(first);
    await world.db.query(`UPDATE client SET expires_at = expires_at - interval '25 hours' WHERE id = $1`, [
      app.client_id,
    ]);
    const nextDay = await written();
    await agree();
    expect(await written()).not.toBe(nextDay);
  });

  it('SMART 28: needs an initial access token where the plan requires one, and the token works once', async () => {
    const token = await initialToken(world, 'strict');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send('203.0.113.3', 'strict', bearer(token))),
    );
    expect(made(answers)).toBe(1);
    const refused = answers.find(({ status }) => status !== 201);
    expect([refused?.status, refused?.body['error']]).toEqual([401, 'invalid_token']);
    expect(refused?.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });

  it('accepts an initial access token as often and as long as the plan said', async () => {
    const token = await initialToken(world, 'strict', { uses: 3, days: 1, note: 'Health Diary Inc.' });
    const bad = await post(
      `${tenantOf(world, 'strict').issuer}/register`,
      { redirect_uris: ['http://app.example/'] },
      bearer(token),
    );
    expect(bad.status).toBe(400);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => send('203.0.113.3', 'strict', bearer(token))),
    );
    expect(made(answers)).toBe(3);
    const late = await initialToken(world, 'strict');
    await world.db.query(`UPDATE initial_access_token SET expires_at = now() - interval '1 second'`);
    expect((await send('203.0.113.3', 'strict', bearer(late))).status).toBe(401);
  });

  it('refuses a token of another plan, a token in another place, and a revoked token', async () => {
    const token = await initialToken(world, 'strict');
    expect((await send('203.0.113.3', 'lakeside', bearer(token))).status).toBe(401);
    for (const authorization of ['', token, `Basic ${token}`, `Bearer ${token} x`, 'Bearer']) {
      expect((await send('203.0.113.3', 'strict', { authorization })).status).toBe(401);
    }
    const url = `${tenantOf(world, 'strict').issuer}/register?access_token=${token}`;
    expect((await post(url, { redirect_uris: [REDIRECT] })).status).toBe(401);
    const { body } = await administer(world, 'GET', 'strict/registration-tokens');
    for (const { id } of body['tokens'] as { id: string }[])
      expect((await administer(world, 'DELETE', `strict/registration-tokens/${id}`)).status).toBe(204);
    expect((await send('203.0.113.3', 'strict', bearer(token))).status).toBe(401);
    const { rows } = await world.db.query(
      'SELECT initial_access_token::text AS row FROM initial_access_token',
    );
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('T10: is refused while the plan is suspended', async () => {
    const suspend = async (suspended: boolean) => {
      await suspendTenant(createPrisma(pool), 'lakeside', suspended);
      const wanted = suspended ? 503 : 201;
      await waitUntil(async () => {
        await nextHour();
        const { status, headers } = await send('203.0.113.4');
        return status === wanted && headers.get('retry-after') === (suspended ? '300' : null);
      });
    };
    await suspend(true);
    await suspend(false);
  });

  it('does not exist where it is closed', async () => {
    await world.db.query(`UPDATE tenant SET registration = 'closed' WHERE id = 'strict'`);
    await waitUntil(async () => (await send('203.0.113.3', 'strict')).status === 404);
    const { issuer } = tenantOf(world, 'strict');
    const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    expect(discovery).not.toHaveProperty('registration_endpoint');
  });
});
