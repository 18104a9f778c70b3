/** An import or a move that is killed at any moment and run again loses nothing and stores nothing twice. */
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyMigrations, type Pool, provisionDatabase } from '@patient-access/database';
import { setSensitiveCodes } from '@patient-access/fhir-store/ingest';
import { population } from '@patient-access/population';
import { tries } from '@patient-access/testing';
import pg from 'pg';
import { killInCommit } from '../kill-in-commit.ts';
import { packageFolder, CONDITION_PROFILE } from '../packages/package.ts';
import { importedCondition, ndjson } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const MIGRATIONS = resolve(import.meta.dirname, '../../../../libs/fhir-store/prisma/migrations');
const CODES = [{ category: 'mental-health', codes: { '*': ['F3*', 'F4*'] } }] as const;
/** Number of resources that name a profile. */
const NAMED = tries(600, 1_500);
const MEMBERS = tries(2, 6);
/** Shares of the data that are stored when the process is killed. */
const KILLED_AT = [0.05, 0.4, 0.8];

let world: World;
/** beside the databases */
let settings: Record<string, string>;
beforeAll(async () => {
  world = await createWorld();
  settings = { FHIR_PACKAGES_DIR: await packageFolder(world.folder, 'archive') };
});
afterAll(async () => {
  await world.end();
});

const argumentsFor = (tenant: string, file: string) => [
  ...['--tenant', tenant, '--json', '--rejects', `${tenant}.rejects`],
  file,
];
const load = async (tenant: string, file: string) =>
  (await world.run('main', argumentsFor(tenant, file), settings)).out;

/** Times of versions, and the version ids that depend on them. They differ between two imports and are not compared. */
const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|(?<=versionId\\":\\")[0-9a-f]{20}/g;
const TABLES = [
  'resource',
  'resource_history',
  'search_value',
  'profile_check',
  'conditional_resource',
  'awaited_target',
  'left_to_open',
];

async function inTenant<Row extends object>(pool: Pool, tenant: string, text: string): Promise<Row[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query("SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true)", [
      tenant,
    ]);
    return (await client.query<Row>(text, [tenant])).rows;
  } finally {
    await client.query('COMMIT');
    client.release();
  }
}

const COUNT = 'SELECT count(*)::int AS stored FROM resource WHERE tenant = $1';

async function countOf(tenant: string): Promise<number> {
  const counts = await Promise.all(
    [...world.stores.values()].map((pool) => inTenant<{ stored: number }>(pool, tenant, COUNT)),
  );
  return counts.flat().reduce((sum, { stored }) => sum + stored, 0);
}

/** All rows of a tenant in every table, as text. */
async function everything(tenant: string): Promise<string[]> {
  const all: string[] = [];
  for (const pool of world.stores.values())
    for (const table of TABLES) {
      const text = `SELECT '${table} ' || (to_jsonb(t) - 'tenant' - 'last_updated' - 'version_id' - 'replaced')::text AS row FROM ${table} t
                     WHERE tenant = $1 ORDER BY 1`;
      all.push(
        ...(await inTenant<{ row: string }>(pool, tenant, text)).map(({ row }) => row.replaceAll(MOMENT, '')),
      );
    }
  return all.sort();
}

test('an import that was killed several times and then completed stores the same as an undisturbed one', async () => {
  const code = { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F32.9' }] };
  const named = { meta: { profile: [CONDITION_PROFILE] }, code };
  const resources = [
    ...population({ tenant: 'northwind', members: MEMBERS, seed: 3 }),
    ...Array.from({ length: NAMED }, (_, at) => importedCondition(`named-${at}`, 'p', named)),
  ];
  const file = await world.file('population.ndjson', ndjson(...resources));
  for (const tenant of ['whole', 'killed'])
    await setSensitiveCodes([...world.stores.values()], tenant, CODES);

  const whole = JSON.parse(await load('whole', file)) as { created: number; rejected: number };
  expect(whole).toMatchObject({ created: resources.length, rejected: 0 });

  const before: number[] = [];
  for (const part of KILLED_AT) {
    const { child, ended } = world.start('main', argumentsFor('killed', file), { settings });
    while (child.exitCode === null && (await countOf('killed')) < part * resources.length)
      await setTimeout(20);
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ out: '' });
    before.push(await countOf('killed'));
  }
  expect(before.every((stored) => stored > 0 && stored < resources.length)).toBe(true);
  const last = JSON.parse(await load('killed', file)) as Record<string, number>;
  expect((last['created'] ?? 0) + (last['unchanged'] ?? 0)).toBe(resources.length);
  expect(last).toMatchObject({ updated: 0, rejected: 0 });

  const [expected, found] = [await everything('whole'), await everything('killed')];
  expect(found.length).toBe(expected.length);
  expect(found.filter((row, at) => row !== expected[at]).slice(0, 3)).toEqual([]);
  expect(found.some((row) => row.startsWith('resource ') && row.includes('|MH'))).toBe(true);
  expect(found.filter((row) => row.startsWith('profile_check'))).toHaveLength(NAMED);
}, 180_000);

/** Whoever takes something from the list of what is withheld cannot commit. */
const BROKEN = `
  CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stopped at the commit'; END $$;
  CREATE CONSTRAINT TRIGGER stop AFTER DELETE ON conditional_resource
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stop()`;
const MENDED = 'DROP FUNCTION stop() CASCADE';

test('what a killed import has not opened, the next one opens, of whatever file; where it cannot, it goes on', async () => {
  const secret = (more: object = {}) => importedCondition('secret', 'p', more);
  const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETH' }];
  const detail = [{ reference: 'Condition/secret', display: 'Alcohol dependence' }];
  const naming = importedCondition('naming', 'p', { evidence: [{ detail }] });
  const labelled = await world.file('labelled.ndjson', ndjson(secret({ meta: { security } }), naming));
  const plain = await world.file('plain.ndjson', ndjson(secret()));
  const other = await world.file('other.ndjson', ndjson(importedCondition('other', 'q')));
  const codes = await world.file('codes.json', JSON.stringify(CODES));
  const run = (command: string, tenant: string, file: string) =>
    world.run(command, ['--tenant', tenant, file]);
  const left = () =>
    inTenant(
      world.stores.get('clinical-service') as Pool,
      'left',
      'SELECT member FROM left_to_open WHERE tenant = $1',
    );
  for (const tenant of ['opened', 'left'])
    expect(await run('main', tenant, labelled)).toMatchObject({ code: 0 });
  await run('main', 'opened', plain);
  await killInCommit(world.adminUrlOf('claims-service'), ['conditional_resource'], () =>
    world.start('main', ['--tenant', 'left', plain]),
  );
  expect(await left()).toEqual([{ member: 'p' }]);

  const admin = new pg.Client({ connectionString: world.adminUrlOf('claims-service') });
  await admin.connect();
  await admin.query(BROKEN);
  const tried = [await run('main', 'left', other), await run('labels', 'left', codes)];
  await admin.query(MENDED);
  await admin.end();
  for (const each of tried)
    expect(each).toMatchObject({
      code: 0,
      err: expect.stringContaining('(stopped at the commit). The next import tries again'),
    });
  expect(await left()).toEqual([{ member: 'p' }]);

  for (const [command, file] of [
    ['main', other],
    ['labels', codes],
  ] as const)
    await run(command, 'opened', file);
  const again = await run('main', 'left', other);
  expect(again).toMatchObject({ code: 0, err: expect.not.stringContaining('withheld') });
  expect(await left()).toEqual([]);
  expect(await everything('left')).toEqual(await everything('opened'));
}, 180_000);

test('a move to another database that was killed in its pause and run again moves everything, and imports follow', async () => {
  const large = await provisionDatabase(world.adminUrlOf('clinical-service'), 'large', () => 'test');
  await applyMigrations(large.owner, MIGRATIONS);
  settings['CLINICAL_INGEST_DATABASES'] = JSON.stringify({ large: large.ingest });
  const moving = ['--tenant', 'killed', '--owner', 'clinical-service', '--to', 'large'];
  const file = await world.file('again.ndjson', ndjson(importedCondition('named-0', 'p')));
  const before = await countOf('killed');

  const { child, ended } = world.start('move-plan', moving, { settings });
  child.stdout?.on('data', (text) => String(text).includes('"paused"') && child.kill('SIGKILL'));
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  expect(await countOf('killed')).toBe(before);
  expect(await load('killed', file)).toBe('');

  const again = await world.run('move-plan', moving, settings);
  expect(again.code).toBe(0);
  const steps = again.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: string });
  expect(steps.at(-2)).toMatchObject({ step: 'moved', from: 'default', to: 'large' });
  expect(steps.at(-1)).toMatchObject({ step: 'deleted', database: 'default', rows: expect.any(Number) });
  const left = await inTenant(
    world.stores.get('clinical-service') as Pool,
    'killed',
    'SELECT FROM resource WHERE tenant = $1',
  );
  expect(left).toEqual([]);
  const imported = JSON.parse(await load('killed', file)) as Record<string, number>;
  expect(imported).toMatchObject({ created: 0, updated: 1, rejected: 0 });
}, 120_000);
