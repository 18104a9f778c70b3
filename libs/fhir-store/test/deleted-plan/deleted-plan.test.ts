/** A plan that has left: nothing of it stays in the database of a data service, and nothing comes back. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, inTransaction, type Pool } from '@patient-access/database';
import { fillTenantTables, observation, rowsOfTenant, tenantTables } from '@patient-access/testing';
import { deletePlan } from '../../src/ingest/plans/delete-plan.ts';
import { lockTenant } from '../../src/ingest/turns/tenant-lock.ts';
import { asMember, idsOf, startWorld, type World } from '../world.ts';

const SOURCE = { owner: 'clinical-service', by: 'olga.operator' };
const STAYS = ['deleted_plan', 'last_change'];

describe('a plan whose records are deleted', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.urls.ingest, { max: 2 });
    for (const tenant of ['north', 'south']) {
      for (const [at, status] of ['final', 'amended'].entries())
        await world.store(
          tenant,
          ...['o1', 'o2'].map((id) =>
            observation(id, 'anna', { status, issued: `2026-0${at + 1}-01T00:00:00Z` }),
          ),
        );
      await world.store(tenant, observation('gone', 'anna'), observation('mixed-up', 'anna'));
      await world.erase(tenant, 'Observation/gone');
      await world.withdraw(tenant, {
        ...{ member: 'anna', record: { type: 'Observation', id: 'mixed-up' }, reason: 'mixed up' },
      });
    }
  }, 120_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const rowsOf = (tenant: string) => rowsOfTenant(world.admin, tenant);

  it('is gone from every table, and the plan beside it is not touched', async () => {
    for (const tenant of ['north', 'south']) await fillTenantTables(world.admin, tenant, ['deleted_plan']);
    const [before, beside] = [await rowsOf('north'), await rowsOf('south')];
    expect(Object.keys(before)).toEqual(
      (await tenantTables(world.admin)).filter((name) => name !== 'deleted_plan'),
    );
    await world.events();
    expect(await deletePlan(pool, 'north', SOURCE)).toEqual({ Observation: 2 });
    expect(Object.keys(await rowsOf('north'))).toEqual(STAYS);
    expect(await rowsOf('south')).toEqual(beside);
    const acts = (await world.events()).filter(
      ({ tenant, action }) => tenant === 'north' && /^plan-/.test(action),
    );
    expect(acts.map(({ action, counts, user }) => [action, counts, user?.sub])).toEqual([
      ['plan-delete', undefined, 'olga.operator'],
      ['plan-deleted', { Observation: 2 }, 'olga.operator'],
    ]);
    const [anna, other] = [await asMember(world, 'north', 'anna'), await asMember(world, 'south', 'anna')];
    expect(idsOf(await anna('Observation'))).toEqual([]);
    expect(idsOf(await other('Observation?_sort=_id'))).toEqual(['o1', 'o2']);
  });

  it('takes no more records, and the same command again changes nothing', async () => {
    await expect(world.store('north', observation('o1', 'anna'))).rejects.toThrow('was deleted');
    const events = (await world.events()).length;
    expect(await deletePlan(pool, 'north', SOURCE)).toEqual({});
    expect(await world.events()).toHaveLength(events);
    expect(Object.keys(await rowsOf('north'))).toEqual(STAYS);
  });

  it('goes on where a deletion was stopped', async () => {
    await inTransaction(pool, async (client) => {
      await lockTenant(client, 'south');
      await client.query(`INSERT INTO deleted_plan (tenant, by) VALUES ('south', 'olga.operator')`);
      await client.query(`DELETE FROM resource WHERE tenant = 'south' AND id = 'o1'`);
    });
    expect(await deletePlan(pool, 'south', SOURCE)).toEqual({ Observation: 1 });
    expect(Object.keys(await rowsOf('south'))).toEqual(STAYS);
  });
});
