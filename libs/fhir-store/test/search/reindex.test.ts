import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { observation, practitioner } from '@patient-access/testing';
import { reindex, type ReindexPosition } from '../../src/ingest/reindex.ts';
import { asMember, idsOf, startWorld, type World } from '../world.ts';

const MANY = 700;

describe('indexing again', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.urls.ingest, { max: 1 });
    const many = Array.from({ length: MANY }, (_, at) => observation(`o-${at}`, 'anna'));
    await world.store('north', ...many, practitioner('p-1', 'Müller'));
    await world.store('south', observation('s-1', 'anna'));
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const rows = async () =>
    (await world.admin.query('SELECT s::text AS row FROM search_value s ORDER BY 1')).rows;
  async function run(tenant: string, after?: ReindexPosition) {
    const steps = [];
    for await (const step of reindex(pool, tenant, after)) steps.push(step);
    return steps;
  }

  it('writes the rows that storing wrote, for one tenant only', async () => {
    const before = await rows();
    await world.admin.query('DELETE FROM search_value');
    const anna = await asMember(world, 'north', 'anna');
    expect(idsOf(await anna('Practitioner?name=muller'))).toEqual([]);
    const steps = await run('north');
    expect(steps.map(({ done }) => done)).toEqual([500, MANY + 1]);
    expect(idsOf(await anna('Practitioner?name=muller'))).toEqual(['p-1']);
    expect(await rows()).toHaveLength(before.length - 3 - 1);
    await run('south');
    expect(await rows()).toEqual(before);
    await run('north');
    expect(await rows()).toEqual(before);
  });

  it('continues where it was interrupted', async () => {
    const before = await rows();
    const first = await reindex(pool, 'north').next();
    const rest = await run('north', first.value?.position);
    expect(rest.map(({ done }) => done)).toEqual([MANY + 1 - 500]);
    expect(await rows()).toEqual(before);
  });
});
