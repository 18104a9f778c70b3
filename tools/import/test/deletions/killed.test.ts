/** A complete load that is killed while it deletes has deleted everything or nothing, and can be run again. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { explanation, ndjson } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const MAIN = resolve(import.meta.dirname, '../../main.ts');
const CLAIMS = 1_000;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

function start(file: string) {
  const args = ['--tenant', 'killed', '--json', '--complete', 'ExplanationOfBenefit', '--at-most', '100%'];
  const child = spawn(process.execPath, [MAIN, ...args, file], {
    cwd: world.folder,
    env: { PATH: '', ...world.environment },
  });
  let out = '';
  child.stdout.on('data', (text) => (out += String(text)));
  return { child, ended: new Promise<string>((done) => child.once('close', () => done(out))) };
}

const BURYING = `SELECT FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%INSERT INTO deleted_resource%'`;

it('F64: deletes all or nothing', async () => {
  const claims = Array.from({ length: CLAIMS }, (_, at) => explanation(`e${at}`, 'p'));
  await world.importFiles('killed', await world.file('claims.ndjson', ndjson(...claims)));
  const file = await world.file('one.ndjson', ndjson(claims[0]));

  const { child, ended } = start(file);
  const pool = world.stores.get('claims-service') as Pool;
  const isBurying = async () => ((await pool.query(BURYING)).rowCount ?? 0) > 0;
  await waitUntil(async () => (await isBurying()) || child.exitCode !== null);
  child.kill('SIGKILL');
  await ended;
  const left = (await world.stored('killed')).length;
  expect([1, CLAIMS]).toContain(left);

  const { complete } = JSON.parse(await start(file).ended) as { complete: object[] };
  expect(complete).toEqual([
    { type: 'ExplanationOfBenefit', stored: left, missing: left - 1, retained: 0, deleted: left - 1 },
  ]);
  expect(await world.stored('killed')).toHaveLength(1);
}, 120_000);
