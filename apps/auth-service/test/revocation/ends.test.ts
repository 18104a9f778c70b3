/**
 * Further ends of grants: by the plan, by a new password, by a suspension. Also the time of the last use of a grant.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, inTransaction, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { saveAccount } from '../../src/domain/administration/logins/accounts.ts';
import { setLoginPassword } from '../../src/domain/administration/logins/logins.ts';
import { lockClient } from '../../src/domain/clients/clients.ts';
import { createPrisma, queryOn } from '../../src/domain/database.ts';
import { suspendTenant } from '../../src/domain/administration/plans/tenants.ts';
import { endGrantsOf } from '../../src/domain/consent/end-grants.ts';
import type { PrismaClient } from '../../src/generated/client.ts';
import { openApps, wordsOf } from '../apps/member.ts';
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
import { configure } from '../configure.ts';
import { administrationOf } from '../administration.ts';
import { lockWaits } from '../lock-waits.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

const NEW_PASSWORD = 'a new and better password';

describe('grants end', () => {
  let world: World;
  let pool: Pool;
  let prisma: PrismaClient;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    prisma = createPrisma(pool);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const isActive = async (tokens: Record<string, string>, tenant?: string) =>
    (await introspect(world, tokens['access_token'] as string, tenant)).body['active'];
  const events = async () => {
    const { rows } = await world.db.query<{ body: string }>(
      `DELETE FROM outbox WHERE body LIKE '%"consent"%revoke%' RETURNING body`,
    );
    return rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  };
  const account = { tenant: 'northwind', login: 'maria.many' };

  it('O25: with a new password, which also ends sessions, open pages and codes', async () => {
    const app = await registerApp(world);
    const tokens = await getTokens(world, app);
    const { code, verifier } = await getCode(world, app);
    const { browser } = await openApps(world);
    const [atConsent, consent] = await openAndLogIn(world, startAuthorization(world, app).url);
    const other = await getTokens(world, app, {}, 'paul.parent').catch(() => undefined);
    await events();
    await setLoginPassword(administrationOf(pool), account.login, NEW_PASSWORD);
    expect(await isActive(tokens)).toBe(false);
    expect((await refresh(world, app, tokens['refresh_token'] as string)).status).toBe(400);
    expect((await exchange(world, app, code, verifier)).status).toBe(400);
    expect(wordsOf(await browser.open(tenantOf(world).appsPage))).toContain('Password');
    expect((await atConsent.submit(consent, 'agree')).status).toBe(400);
    expect(other).toBeUndefined();
    for (const event of await events()) {
      expect(event).toMatchObject({ by: 'plan', reason: 'password', member: 'maria', tenant: 'northwind' });
      expect(event).not.toHaveProperty('user');
    }
    expect(wordsOf((await openApps(world, account.login, NEW_PASSWORD)).page)).toContain(
      'your password was changed',
    );
    await setLoginPassword(administrationOf(pool), account.login, PASSWORD);
  });

  it('O25: with a new password that is set between the old password and the second factor', async () => {
    await configure(world, { secondFactor: 'required' });
    try {
      const [browser, enrol] = await openAndLogIn(
        world,
        startAuthorization(world, await registerApp(world)).url,
      );
      const submit = () => browser.submit(enrol, 'enrol', (fields) => fields.set('code', '000000'));
      expect((await submit()).html).toContain('name="code"');
      await setLoginPassword(administrationOf(pool), account.login, NEW_PASSWORD);
      const late = await submit();
      expect([late.status, late.html]).toEqual([400, expect.stringContaining('no longer valid')]);
    } finally {
      await configure(world, {});
      await setLoginPassword(administrationOf(pool), account.login, PASSWORD);
    }
  });

  it('O25: with a new password at the moment of an agreement, which leaves none', async () => {
    const app = await registerApp(world);
    const { url } = startAuthorization(world, app);
    const [browser, consent] = await openAndLogIn(world, url);
    const text = 'SELECT sub FROM account WHERE tenant = $1 AND login = $2';
    const { rows } = await world.db.query<{ sub: string }>(text, Object.values(account));
    const context = { requestId: crypto.randomUUID(), tenant: { id: 'northwind', issuer: '' } };
    const returned = inTransaction(pool, async (client) => {
      await endGrantsOf(queryOn(client), { account: rows[0]?.sub ?? '' }, 'password', context);
      const page = browser.submit(consent, 'agree');
      await waitUntil(async () => (await lockWaits(world)) > 0);
      return [page];
    });
    const [page] = await Promise.all(await returned);
    expect(page?.headers.get('location') ?? '').not.toContain('code=');
    const live = 'SELECT FROM consent WHERE client_id = $1 AND revoked_at IS NULL';
    expect((await world.db.query(live, [app.client_id])).rowCount).toBe(0);
  });

  it.each([
    ['deleted', 'DELETE FROM client WHERE tenant = $1 AND id = $2'],
    ['banned', 'UPDATE client SET banned_at = now() WHERE tenant = $1 AND id = $2'],
  ])('O38: with an app that is %s at the moment of an agreement, which leaves none', async (_how, change) => {
    const app = await registerApp(world);
    const { url } = startAuthorization(world, app);
    const [browser, consent] = await openAndLogIn(world, url);
    const context = { requestId: crypto.randomUUID(), tenant: { id: 'northwind', issuer: '' } };
    const returned = inTransaction(pool, async (client) => {
      await lockClient(client, 'northwind', app.client_id);
      await client.query(change, ['northwind', app.client_id]);
      await endGrantsOf(queryOn(client), { client: app.client_id }, 'plan', context);
      const page = browser.submit(consent, 'agree');
      await waitUntil(async () => (await lockWaits(world)) > 0);
      return [page];
    });
    const [page] = await Promise.all(await returned);
    const live = 'SELECT FROM consent WHERE client_id = $1 AND revoked_at IS NULL';
    expect((await world.db.query(live, [app.client_id])).rowCount).toBe(0);
    expect([page?.status, page?.html]).toEqual([400, expect.stringContaining('no longer valid')]);
  });

  it('O25: with a new password from the seed, and not if the password is the same', async () => {
    const tokens = await getTokens(world, await registerApp(world));
    const patients = [{ id: 'maria', relationship: 'self', name: 'Maria Castellan' }];
    await saveAccount(prisma, { ...account, password: PASSWORD, patients });
    expect(await isActive(tokens)).toBe(true);
    await saveAccount(prisma, { ...account, password: NEW_PASSWORD, patients });
    expect(await isActive(tokens)).toBe(false);
    await saveAccount(prisma, { ...account, password: PASSWORD, patients });
  });

  it('O25: for no login if the named login does not exist', async () => {
    await expect(setLoginPassword(administrationOf(pool), 'nobody', NEW_PASSWORD)).rejects.toThrow(
      'no login "nobody" at "northwind"',
    );
  });

  it('with the right to act for a person, while other grants of the login stay', async () => {
    const app = await registerApp(world);
    const connected = async (member: string) => {
      const { url, verifier } = startAuthorization(world, app);
      const [browser, chooser] = await openAndLogIn(world, url, 'paul.parent');
      const consent = await browser.submit(chooser, 'choose', (fields) => fields.set('member', member));
      const code = redirected(await browser.submit(consent, 'agree')).get('code') as string;
      return (await exchange(world, app, code, verifier)).body as Record<string, string>;
    };
    const [own, child] = [await connected('paul'), await connected('cora')];
    const patients = [{ id: 'paul', relationship: 'self', name: 'Paul Okafor' }];
    await saveAccount(prisma, { tenant: 'northwind', login: 'paul.parent', password: PASSWORD, patients });
    expect([await isActive(own), await isActive(child)]).toEqual([true, false]);
  });

  it('O38: with a ban of the app, for all its members, and the trail of each member says so', async () => {
    const [banned, other] = [await registerApp(world), await registerApp(world)];
    const [one, two, kept] = [
      await getTokens(world, banned),
      await getTokens(world, banned),
      await getTokens(world, other),
    ];
    await events();
    const context = { requestId: crypto.randomUUID(), tenant: { id: 'northwind', issuer: '' } };
    const ended = await inTransaction(pool, (client) =>
      endGrantsOf(
        async (text, values) => (await client.query(text, values)).rows,
        { client: banned.client_id },
        'plan',
        context,
      ),
    );
    expect(ended).toBe(2);
    expect([await isActive(one), await isActive(two), await isActive(kept)]).toEqual([false, false, true]);
    expect(await events()).toMatchObject([
      { by: 'plan', reason: 'plan', client: { id: banned.client_id } },
      { by: 'plan', reason: 'plan', client: { id: banned.client_id } },
    ]);
  });

  it('T10: all together with the logins when the plan is suspended, and work again when it is resumed', async () => {
    const app = await registerApp(world, {}, 'lakeside');
    const tokens = await getTokens(world, app, {}, 'manuel.many');
    const elsewhere = await getTokens(world, await registerApp(world));
    const { issuer, appsPage } = tenantOf(world, 'lakeside');
    const [browser, consent] = await openAndLogIn(world, startAuthorization(world, app).url, 'manuel.many');
    await suspendTenant(prisma, 'lakeside', true);
    expect([await isActive(tokens, 'lakeside'), await isActive(elsewhere)]).toEqual([false, true]);
    const closed = async () => (await fetch(startAuthorization(world, app).url)).status === 503;
    await waitUntil(closed);
    const page = await browser.open(startAuthorization(world, app).url);
    expect([page.status, wordsOf(page)]).toEqual([503, expect.stringContaining('paused access for apps')]);
    expect((await browser.submit(consent, 'agree')).status).toBe(503);
    expect((await fetch(appsPage)).status).toBe(503);
    const refused = await refresh(world, app, tokens['refresh_token'] as string);
    expect([refused.status, refused.body['error'], refused.headers.get('retry-after')]).toEqual([
      503,
      'temporarily_unavailable',
      '300',
    ]);
    // The pages of an app may read it.
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After');
    expect((await fetch(startAuthorization(world, app).url)).headers.get('retry-after')).toBe('300');
    expect((await fetch(`${issuer}/keys`)).status).toBe(200);
    await suspendTenant(prisma, 'lakeside', false);
    expect(await isActive(tokens, 'lakeside')).toBe(true);
    await expect(suspendTenant(prisma, 'nowhere', true)).rejects.toThrow('no tenant "nowhere"');
  });

  it('O33: while their code is redeemed, and leave no valid token', async () => {
    const app = await registerApp(world);
    const ROUNDS = 10;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { code, verifier } = await getCode(world, app);
      const { rows } = await world.db.query<{ sub: string; grant_id: string }>(
        'SELECT sub, grant_id FROM consent WHERE client_id = $1 ORDER BY granted_at DESC LIMIT 1',
        [app.client_id],
      );
      const whose = { account: rows[0]?.sub ?? '', likeGrant: rows[0]?.grant_id ?? '' };
      const context = { requestId: crypto.randomUUID(), tenant: { id: 'northwind', issuer: '' } };
      const revoke = async () => {
        await delay(round * 2);
        await inTransaction(pool, (client) =>
          endGrantsOf(
            async (text, values) => (await client.query(text, values)).rows,
            whose,
            'member',
            context,
          ),
        );
      };
      const [answer] = await Promise.all([exchange(world, app, code, verifier), revoke()]);
      if (answer.status !== 200) continue;
      const tokens = answer.body as Record<string, string>;
      expect(await isActive(tokens)).toBe(false);
      expect((await refresh(world, app, tokens['refresh_token'] as string)).status).toBe(400);
    }
  });
});

describe('the last use of a grant', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const FLUSHED_MS = 12_000;

  it('is recorded by introspection, to the minute, after the answer', async () => {
    const app = await registerApp(world);
    const tokens = await getTokens(world, app);
    const uses = async () => (await world.db.query('SELECT used_at FROM grant_use')).rows;
    // The lock blocks all writes, but the answers still come.
    const lock = await world.db.connect();
    await lock.query('BEGIN; LOCK TABLE grant_use IN SHARE MODE');
    for (let time = 0; time < 20; time += 1)
      expect((await introspect(world, tokens['access_token'] as string)).body['active']).toBe(true);
    expect(await uses()).toHaveLength(0);
    await lock.query('COMMIT');
    lock.release();
    const first = await waitUntil(async () => (await uses()).at(0), { withinMs: FLUSHED_MS });
    expect(first).toMatchObject({ used_at: expect.any(Date) });
    await introspect(world, tokens['access_token'] as string);
    expect(await uses()).toEqual([first]);
    expect(wordsOf((await openApps(world)).page)).toMatch(/Last used [A-Z][a-z]+ \d+, \d{4}/);
  }, 30_000);
});
