/** The life of a plan over HTTP, for the operator of the installation: created, configured, suspended, resumed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { TENANT_COMMANDS } from '../../src/commands/tenant-commands.ts';
import { createPrisma } from '../../src/domain/database.ts';
import type { PrismaClient } from '../../src/generated/client.ts';
import { administer } from '../administration.ts';
import { takeEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';

const OTHER_PLACES = { site: 'https://www.riverbend.example' };

describe('a plan over HTTP', () => {
  let worlds: World[];
  let pool: Pool;
  let prisma: PrismaClient;
  beforeAll(async () => {
    const world = await startWorld();
    worlds = [world, await world.replica()];
    pool = await createPool(world.databaseUrl, { max: 2 });
    prisma = createPrisma(pool);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await worlds?.[0]?.stop();
  });

  const world = () => worlds[0] as World;
  const admin = (method: string, path: string, body?: object) => administer(world(), method, path, body);
  const acts = async () =>
    (await takeEvents(world()))
      .filter(({ kind }) => kind === 'administration')
      .map(({ tenant, action, request, user }) => [tenant, action, request, user?.name ?? user?.sub]);
  /** What a replica says of the plan to everybody. */
  const discovery = (at: World) => fetch(`${at.address}/riverbend/smart-configuration`);

  it('is created, is there on every replica at once, and can be named anew', async () => {
    await takeEvents(world());
    const plan = { name: 'Riverbend Health', kind: 'production' };
    const created = await admin('PUT', 'riverbend', plan);
    expect([created.status, created.body]).toEqual([
      201,
      expect.objectContaining({ id: 'riverbend', ...plan, suspended: false }),
    ]);
    for (const each of worlds) expect((await discovery(each)).status).toBe(200);
    const renamed = await admin('PUT', 'riverbend', { name: 'Riverbend', kind: 'preview' });
    expect([renamed.status, renamed.body['name'], renamed.body['kind']]).toEqual([
      200,
      'Riverbend',
      'production',
    ]);
    expect(await acts()).toEqual([
      ['riverbend', 'tenant-create', undefined, 'ada'],
      ['riverbend', 'tenant-rename', undefined, 'ada'],
    ]);
  });

  it('that is there already is not taken for a new one by the command that names it', async () => {
    const database = { prisma, pool, masters: [world().master] as const };
    const create = (name: string, kind: string) =>
      TENANT_COMMANDS['tenant create']?.(database, { id: 'hillside', name, kind });
    const plan = { id: 'hillside', name: 'Hillside Health', kind: 'preview' };
    expect(await create(plan.name, plan.kind)).toEqual({ created: true, ...plan });
    const named = { ...plan, name: 'Hillside' };
    expect(await create(named.name, 'production')).toEqual({ created: false, ...named });
    await takeEvents(world());
  });

  it('gets settings, one of them without the others, and none that is wrong', async () => {
    const brand = { website: 'https://riverbend.example', developerContact: 'https://dev.riverbend.example' };
    const put = await admin('PUT', 'riverbend/settings', { brand, loginBudget: undefined });
    expect([put.status, Object(put.body['settings']).brand]).toEqual([200, expect.objectContaining(brand)]);
    const patch = { brand: { website: 'https://www.riverbend.example' }, publishScorecard: true };
    const patched = await admin('PATCH', 'riverbend/settings', patch);
    expect(Object(patched.body['settings'])).toMatchObject({
      brand: { ...brand, ...patch.brand },
      publishScorecard: true,
    });
    await admin('PATCH', 'riverbend/settings', { publishScorecard: null });
    const { body } = await admin('GET', 'riverbend');
    expect(Object(body['settings'])).not.toHaveProperty('publishScorecard', true);
    for (const wrong of [
      { noSuchSetting: 1 },
      { brand: OTHER_PLACES },
      { passwordLogin: false },
      { federation: { clientSecret: '(sealed)' } },
      { federation: { scimToken: 'too short' } },
    ]) {
      const refused = await admin('PUT', 'riverbend/settings', wrong);
      expect([wrong, refused.status, refused.body['error']]).toEqual([wrong, 400, 'invalid_request']);
      expect(refused.body['error_description']).toMatch(/^\w/);
    }
    expect((await admin('GET', 'riverbend')).body).toEqual(body);
    expect(await acts()).toEqual([
      ['riverbend', 'tenant-configure', 'settings: brand', 'ada'],
      ['riverbend', 'tenant-configure', 'settings: brand.website, publishScorecard', 'ada'],
      ['riverbend', 'tenant-configure', 'settings: publishScorecard', 'ada'],
    ]);
  });

  it('is suspended and resumed', async () => {
    const isSuspended = async () => (await admin('GET', 'riverbend')).body['suspended'];
    expect((await admin('POST', 'riverbend/suspend')).status).toBe(204);
    expect(await isSuspended()).toBe(true);
    for (const each of worlds)
      await waitUntil(async () => (await fetch(`${each.address}/auth/riverbend/apps`)).status !== 200);
    expect((await admin('POST', 'riverbend/resume')).status).toBe(204);
    expect(await isSuspended()).toBe(false);
    expect((await acts()).map(([, action]) => action)).toEqual(['tenant-suspend', 'tenant-resume']);
  });

  it('is nobody’s but the operator’s, and what is not there is 404', async () => {
    const refused = await administer(world(), 'GET', 'riverbend', undefined, 'Bearer another');
    expect(refused.status).toBe(401);
    for (const [method, path] of [
      ['GET', 'nowhere'],
      ['POST', 'nowhere/suspend'],
      ['POST', 'nowhere/resume'],
      ['PUT', 'nowhere/settings'],
      ['PATCH', 'nowhere/settings'],
    ] as const)
      expect([path, (await admin(method, path, method === 'GET' ? undefined : {})).status]).toEqual([
        path,
        404,
      ]);
    for (const [id, body] of [
      ['UPPER', { name: 'A', kind: 'preview' }],
      ['riverbend', { name: '', kind: 'preview' }],
      ['riverbend', { name: 'A', kind: 'other' }],
      ['riverbend', { name: 'A', kind: 'preview', settings: {} }],
      ['-', { name: 'A', kind: 'preview' }],
    ] as const)
      expect([id, (await admin('PUT', id, body)).status]).toEqual([id, 400]);
  });
});
