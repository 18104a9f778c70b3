/** The plan of Postgres for the versions that withdrawn records had as other persons'. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FORGET_FORMER } from '../../src/ingest/persons/withdrawal.ts';
import { startWorld, type World } from '../world.ts';

const VERSIONS = 30_000;
/** The index and the table, for one record that has one version. */
const MAX_BUFFERS = 30;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.admin.query(
    `INSERT INTO resource_history (tenant, member, type, id, version, version_id, last_updated, body)
     SELECT 'north', 'm' || g, 'Condition', 'c' || g, 1, 'v1', now(), repeat(md5(g::text), 20)
       FROM generate_series(1, ${VERSIONS}) g`,
  );
}, 120_000);
afterAll(() => world?.stop());

/** @returns how many blocks are read to forget one record, and how many of its versions go */
async function forgotten(id: string) {
  const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${FORGET_FORMER}`;
  const { rows } = await world.admin.query<{ 'QUERY PLAN': [{ Plan: Record<string, unknown> }] }>(explain, [
    'north',
    ['Condition'],
    [id],
  ]);
  const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
  const deleted = (plan['Plans'] as { 'Actual Rows': number }[])[0]?.['Actual Rows'];
  return {
    blocks: Number(plan['Shared Hit Blocks']) + Number(plan['Shared Read Blocks']),
    versions: deleted,
  };
}

it.each([
  ['before Postgres has statistics', 'c100', undefined],
  ['with statistics', 'c20000', 'VACUUM ANALYZE resource_history'],
])('reads only the versions of the record, %s', async (_when, id, first) => {
  if (first !== undefined) await world.admin.query(first);
  const { blocks, versions } = await forgotten(id);
  expect(versions).toBe(1);
  expect(blocks).toBeLessThan(MAX_BUFFERS);
});
