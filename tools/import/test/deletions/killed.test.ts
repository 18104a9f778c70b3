/** A complete load that is killed while it deletes has deleted whole steps of what it did not have, and can be run again. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Pool } from '@patient-access/database';
import { tries, waitUntil } from '@patient-access/testing';
import { explanation, ndjson } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const CLAIMS = tries(600, 1_000);
/** Deletions of one transaction. */
const STEP = 200;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

const argumentsFor = (file: string) => [
  ...['--tenant', 'killed', '--json', '--complete', 'ExplanationOfBenefit', '--at-most', '100%'],
  file,
];

const BURYING = `SELECT FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%INSERT INTO deleted_resource%'`;

it('F64: deletes in whole steps, and the rest when it is run again', async () => {
  const claims = Array.from({ length: CLAIMS }, (_, at) => explanation(`e${at}`, 'p'));
  await world.importFiles('killed', await world.file('claims.ndjson', ndjson(...claims)));
  const file = await world.file('one.ndjson', ndjson(claims[0]));

  const { child, ended } = world.start('main', argumentsFor(file));
  const pool = world.stores.get('claims-service') as Pool;
  const isBurying = async () => ((await pool.query(BURYING)).rowCount ?? 0) > 0;
  await waitUntil(async () => (await isBurying()) || child.exitCode !== null);
  child.kill('SIGKILL');
  await ended;
  const ids = (await world.stored('killed')).map(({ id }) => id);
  const left = ids.length;
  expect(ids).toContain('e0');
  expect(left === 1 || (CLAIMS - left) % STEP === 0).toBe(true);

  const { complete } = JSON.parse((await world.run('main', argumentsFor(file))).out) as {
    complete: object[];
  };
  expect(complete).toEqual([
    { type: 'ExplanationOfBenefit', stored: left, missing: left - 1, retained: 0, deleted: left - 1 },
  ]);
  expect(await world.stored('killed')).toHaveLength(1);
}, 120_000);
