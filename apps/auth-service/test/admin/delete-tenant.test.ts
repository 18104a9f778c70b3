/** A plan that has left: what goes, what stays, and what nobody can do any more. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import { fillTenantTables, rowsOfTenant, tenantTables, waitUntil } from '@patient-access/testing';
import { ADMIN_COMMANDS } from '../../src/commands/commands.ts';
import { parseSeed, seed } from '../../src/commands/seed.ts';
import type { Administration } from '../../src/domain/administration/administration.ts';
import { createPortal } from '../../src/domain/administration/apps/portals.ts';
import { createAccount, createAuditor } from '../../src/domain/administration/logins/accounts.ts';
import { loadPlanMembers, loadPlanPeople } from '../../src/domain/administration/members/member-load.ts';
import { beginMerge } from '../../src/domain/administration/persons/merges.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { administer, administrationOf } from '../administration.ts';
import { getTokens, introspect, registerApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import { lockWaits } from '../lock-waits.ts';
import { startWorld, type World } from '../world.ts';

const STAYS = ['client', 'consent', 'receipt_key'];
const ADA = { administrator: 'ada' };
const LATE = {
  login: 'late',
  password: 'a quiet lemon on a bicycle',
  patients: [{ id: 'maria', relationship: 'self', name: 'Maria Castellan' }],
};
const memberLine = (number: string) => ({
  number,
  patients: [{ id: number, relationship: 'self', name: 'Ann Gray' }],
});
const personLine = (number: string) => ({
  number,
  names: [{ given: 'Ann', family: 'Gray' }],
  birthDate: '1970-01-31',
});
/** Of a load, in one transaction. */
const GROUP_LINES = 500;

describe('a plan that is deleted', () => {
  let worlds: World[];
  let tokens: Record<string, string>;
  let pool: Pool;
  beforeAll(async () => {
    const world = await startWorld();
    worlds = [world, await world.replica()];
    pool = await createPool(world.databaseUrl, { ...COMMAND, max: 2 });
    tokens = await getTokens(world, await registerApp(world));
    await fillTenantTables(world.db, 'northwind');
    await takeEvents(world);
  }, 120_000);
  afterAll(async () => {
    await pool?.end();
    await worlds?.[0]?.stop();
  });

  const world = () => worlds[0] as World;
  const admin = (method: string, path: string, body?: object) => administer(world(), method, path, body);
  const isActive = async () => (await introspect(world(), tokens['access_token'] ?? '')).body['active'];

  const tables = () => tenantTables(world().db);
  /** @returns the tables that have something of the plan */
  const filled = async (tenant: string) => Object.keys(await rowsOfTenant(world().db, tenant));

  it('stays whole unless it is suspended and its id is said twice', async () => {
    expect(await filled('northwind')).toEqual(await tables());
    for (const query of ['', '?confirm=lakeside', '?confirm=northwind']) {
      const { status, body } = await admin('DELETE', `northwind${query}`);
      expect([query, status, body['error']]).toEqual([query, 400, 'invalid_request']);
    }
    expect((await admin('DELETE', 'nowhere?confirm=nowhere')).status).toBe(404);
    expect(await isActive()).toBe(true);
    expect(await filled('northwind')).toEqual(await tables());
  });

  it('can be taken along before: logins, numbers, consents and apps, and nothing that opens anything', async () => {
    const { status, text } = await admin('GET', 'northwind/export');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each) as { kind: string; value: unknown });
    const counts = lines.at(-1)?.value as Record<string, number>;
    const kinds = Object.entries(counts).flatMap(([kind, count]) => Array<string>(count).fill(kind));
    expect([status, lines.map(({ kind }) => kind)]).toEqual([200, ['plan', ...kinds, 'end']]);
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
    expect(text).toContain('"maria.many"');
    expect(text).not.toMatch(/argon2|sealed|secret|"token"|private/i);
    expect((await admin('GET', 'nowhere/export')).status).toBe(404);
    const events = (await takeEvents(world())).filter(({ action }) => /^tenant-export/.test(action));
    expect(events.map(({ action, user }) => [action, user?.name ?? user?.sub])).toEqual([
      ['tenant-export', 'ada'],
      ['tenant-exported', 'ada'],
    ]);
  });

  it('is gone for everybody, and on paper are who agreed to what, the apps and the keys of receipts', async () => {
    const beside = await filled('lakeside');
    // A use that a replica has not written yet.
    await introspect(worlds[1] as World, tokens['access_token'] ?? '');
    expect((await admin('POST', 'northwind/suspend')).status).toBe(204);
    const { status, body } = await admin('DELETE', 'northwind?confirm=northwind');
    for (const each of worlds) await each.flush();
    expect([status, body['deleted']]).toEqual([
      200,
      expect.objectContaining({ account: expect.any(Number), plan_member: 1 }),
    ]);
    expect(await filled('northwind')).toEqual(STAYS);
    expect(await filled('lakeside')).toEqual(beside);
    const { rows } = await world().db.query(
      `SELECT (SELECT count(*)::int FROM consent WHERE tenant = t.id AND revoked_at IS NULL AND until > now()) AS live,
              (SELECT count(*)::int FROM consent WHERE tenant = t.id AND end_reason = 'plan') AS ended,
              (SELECT count(*)::int FROM consent WHERE tenant = t.id AND publish_at IS NOT NULL) AS to_publish,
              (SELECT count(secret)::int FROM client WHERE tenant = t.id) AS secrets, settings::text AS settings
         FROM tenant t WHERE id = 'northwind'`,
    );
    expect(rows).toEqual([{ live: 0, ended: 1, to_publish: 0, secrets: 0, settings: '{}' }]);
    const events = (await takeEvents(world())).filter(({ tenant }) => tenant === 'northwind');
    const acts = events.filter(({ kind, action }) => kind === 'consent' || /^tenant-/.test(action));
    expect(acts.map(({ action, reason }) => [action, reason])).toEqual([
      ['tenant-suspend', undefined],
      ['tenant-delete', undefined],
      ['revoke', 'plan'],
      ['tenant-deleted', undefined],
    ]);
    for (const each of worlds)
      await waitUntil(
        async () => (await fetch(`${each.address}/northwind/smart-configuration`)).status === 404,
      );
    expect(await isActive()).not.toBe(true);
  });

  it('does not come back, and its id is nobody else’s', async () => {
    const plan = { name: 'Northwind', kind: 'production' };
    for (const [method, path, body] of [
      ['PUT', 'northwind', plan],
      ['POST', 'northwind/resume', undefined],
      ['PATCH', 'northwind/settings', {}],
      ['GET', 'northwind/clients', undefined],
    ] as const)
      expect([path, (await admin(method, path, body)).status]).toEqual([path, 404]);
    expect((await admin('GET', 'northwind')).body).toMatchObject({
      suspended: true,
      deletedAt: expect.stringMatching(/^20/),
    });
    expect((await admin('DELETE', 'northwind?confirm=northwind')).body).toEqual({ deleted: {} });
  });

  it('gets no login, member or app by a command that comes late, and its apps are still named', async () => {
    const prisma = createPrisma(pool);
    const run = async (words: string) =>
      ADMIN_COMMANDS[words]?.({ prisma, pool, masters: [world().master] }, { tenant: 'northwind' } as never);
    const people = [{ tenant: 'northwind', opens: memberLine('L-1'), person: personLine('L-1') }];
    for (const late of [
      () => run('token create'),
      () => run('relation list'),
      () => createAccount(prisma, { ...LATE, tenant: 'northwind' }, ADA),
      () => createAuditor(prisma, { ...LATE, tenant: 'northwind' }, ADA),
      () => createPortal(prisma, pool, { tenant: 'northwind', name: 'Our Portal' }, 'ada'),
      () => beginMerge(administrationOf(pool), { from: 'maria', to: 'selma', reason: 'one person' }),
      () => seed(prisma, [world().master], parseSeed(JSON.stringify({ people }))),
    ])
      await expect(late()).rejects.toThrow('the plan "northwind" was deleted');
    expect(await run('client list')).toContainEqual(
      expect.objectContaining({ client_id: expect.any(String) }),
    );
    expect(await filled('northwind')).toEqual(STAYS);
  });

  const makePlan = async (id: string) =>
    expect((await admin('PUT', id, { name: `Plan ${id}`, kind: 'preview' })).status).toBe(201);

  /** @returns lines of two transactions of a load; the plan is deleted between the two */
  async function* linesOf(id: string, table: string, lineOf: (number: string) => object) {
    const group = (name: string) =>
      Buffer.from(
        Array.from({ length: GROUP_LINES }, (_, n) => `${JSON.stringify(lineOf(`${name}-${n}`))}\n`).join(''),
      );
    yield group('A');
    expect(await filled(id)).toContain(table);
    await admin('POST', `${id}/suspend`);
    expect((await admin('DELETE', `${id}?confirm=${id}`)).status).toBe(200);
    yield group('B');
  }

  const reject = (line: string) => {
    throw new Error(line);
  };

  it.each([
    {
      ...{ words: 'member load', table: 'plan_member', lineOf: memberLine },
      load: (at: Administration, file: AsyncIterable<Uint8Array>) => loadPlanMembers(at, file, { reject }),
    },
    {
      ...{ words: 'member load-people', table: 'plan_person', lineOf: personLine },
      load: (at: Administration, file: AsyncIterable<Uint8Array>) =>
        loadPlanPeople(at, [world().master], file, { reject }),
    },
  ])('gets nothing more of a $words that is under way', async ({ table, lineOf, load }) => {
    const id = `left-${table.replace('_', '-')}`;
    await makePlan(id);
    const { tenant, ...rest } = administrationOf(pool);
    await expect(load({ ...rest, tenant: { ...tenant, id } }, linesOf(id, table, lineOf))).rejects.toThrow(
      `lines ${GROUP_LINES + 1} to ${2 * GROUP_LINES}: the plan "${id}" was deleted`,
    );
    expect(STAYS).toEqual(expect.arrayContaining(await filled(id)));
  });

  it('gets no login whose password was being hashed', async () => {
    await makePlan('left-hashing');
    const holder = await world().db.connect();
    try {
      await holder.query(`BEGIN; SELECT FROM tenant WHERE id = 'left-hashing' FOR UPDATE`);
      await holder.query(`UPDATE tenant SET deleted_at = now() WHERE id = 'left-hashing'`);
      const said = createAccount(createPrisma(pool), { ...LATE, tenant: 'left-hashing' }, ADA).then(
        () => 'made',
        (error: Error) => error.message,
      );
      await waitUntil(async () => (await lockWaits(world())) > 0);
      await holder.query('COMMIT');
      expect(await said).toBe('the plan "left-hashing" was deleted');
      expect(await filled('left-hashing')).not.toContain('account');
    } finally {
      holder.release(true);
    }
  });
});
