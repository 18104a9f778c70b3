/** How fresh a plan's data is: what an import notes of each load, once, at its end. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Pool } from '@patient-access/database';
import { expectFeed, type JudgedFeed } from '@patient-access/fhir-store/ingest';
import { tries, waitUntil } from '@patient-access/testing';
import { importOptions } from '../../options.ts';
import { type ImportOptions, importResources } from '../../store/import.ts';
import type { Input } from '../../store/input.ts';
import { feedsOf } from '../../freshness/feeds-of.ts';
import { bundle, explanation, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const MANY = tries(1_500, 3_000);

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

async function run(command: string, ...args: string[]): Promise<{ code: number | null; text: string }> {
  const { code, out, err } = await world.run(command, args);
  return { code, text: `${out}${err}` };
}

async function feed(
  tenant: string,
  type: string,
  inDays = 0,
): Promise<Partial<JudgedFeed> & Record<string, unknown>> {
  const now = new Date(Date.now() + inDays * 86_400_000);
  const { last, ...found } =
    (await feedsOf(world.stores, tenant, now)).find((each) => each.type === type) ?? {};
  return { ...found, ...last };
}

const claims = (count: number, from = 0, more: object = {}) =>
  ndjson(...Array.from({ length: count }, (_, at) => explanation(`e${from + at}`, 'p', more)));
const gone = (id: string) =>
  ndjson(bundle('transaction', { request: { method: 'DELETE', url: `ExplanationOfBenefit/${id}` } }));

test('several files are one load, and each database notes the types that it owns, once', async () => {
  const people = await world.file('people.ndjson', ndjson(patient('p')));
  const some = await world.file(
    'some.ndjson',
    claims(2, 0, { meta: { lastUpdated: '2026-03-01T10:00:00Z' } }),
  );
  const future = { meta: { lastUpdated: '2099-01-01T00:00:00Z' } };
  const more = await world.file(
    'more.ndjson',
    `${claims(1, 2, future)}${ndjson({ ...explanation('bad', 'p'), outcome: undefined })}`,
  );
  const { code } = await run(
    'main',
    '--tenant',
    'several',
    '--as-of',
    '2026-05-01T02:00:00Z',
    people,
    some,
    more,
  );
  expect(code).toBe(3);
  expect(await feed('several', 'ExplanationOfBenefit')).toMatchObject({
    ...{ asOf: new Date('2026-05-01T02:00:00Z'), newest: new Date('2026-03-01T10:00:00Z') },
    ...{ records: 3, created: 3, rejected: 1, deleted: 0, usual: null, late: false, small: false },
  });
  expect(await feed('several', 'Patient')).toMatchObject({ records: 1, newest: null });
});

test('deletions alone make no data fresher, and another plan on the same database has its own', async () => {
  const file = await world.file('claims.ndjson', claims(3));
  await world.importFiles('deletes', file);
  await world.importFiles('other', await world.file('one.ndjson', claims(1, 7)));
  const { asOf } = await feed('deletes', 'ExplanationOfBenefit');
  const deletions = await world.file('gone.ndjson', gone('e1'));
  await world.importFiles('deletes', deletions);
  expect(await feed('deletes', 'ExplanationOfBenefit')).toMatchObject({
    asOf,
    records: 3,
    deleted: 1,
    unchanged: 0,
  });
  expect(await feed('other', 'ExplanationOfBenefit')).toMatchObject({ records: 1, deleted: 0 });
});

test('a load of nothing says nothing, unless the plan names what it sent', async () => {
  for (const at of [0, 1, 2, 3])
    await world.importFiles('empty', await world.file(`${at}.ndjson`, claims(10)));
  const empty = await world.file('empty.ndjson', '');
  await world.importFiles('empty', empty);
  expect(await feed('empty', 'ExplanationOfBenefit')).toMatchObject({ records: 10, usual: 10, small: false });
  await run('main', '--tenant', 'empty', '--feed', 'ExplanationOfBenefit', empty);
  expect(await feed('empty', 'ExplanationOfBenefit')).toMatchObject({ records: 0, usual: 10, small: true });
});

test('what came and was not stored is not a load of nothing, also of a type that the plan names', async () => {
  const type = 'ExplanationOfBenefit';
  const load = (day: number, options: ImportOptions<string>, ...inputs: object[]) =>
    importResources(
      world.stores,
      'doubted',
      inputs.map((input) => ({ ...input, origin: '' }) as Input<string>),
      { asOf: new Date(`2026-05-0${day}T02:00:00Z`), ...options },
    );
  await load(1, {}, { resource: patient('p') }, { resource: explanation('e', 'p') });
  const first = { asOf: new Date('2026-05-01T02:00:00Z'), records: 1 };
  const [feeds, complete] = [[type], { types: [type], atMost: 0.05 }];
  const [bad, cut] = [
    { resource: { ...explanation('bad', 'p'), outcome: undefined } },
    { reject: 'damaged gzip' },
  ];
  const doubted: [ImportOptions<string>, ...object[]][] = [
    [{ feeds }, bad],
    [{ feeds }, cut],
    [{ complete }, cut],
    [{ complete }],
  ];
  for (const [options, ...inputs] of doubted) {
    await load(2, options, ...inputs);
    expect(await feed('doubted', type)).toMatchObject(first);
  }
  await load(3, { feeds }, { resource: { ...patient('q'), birthDate: 'never' } });
  expect(await feed('doubted', type)).toMatchObject({ asOf: new Date('2026-05-03T02:00:00Z'), records: 0 });
});

test('a folder in which something was not read is no load of nothing', async () => {
  await world.importFiles('archived', await world.file('before.ndjson', claims(2)));
  await mkdir(join(world.folder, 'archived'));
  await world.file('archived/none.ndjson', '');
  const load = () => run('main', '--tenant', 'archived', '--feed', 'ExplanationOfBenefit', 'archived');
  await world.file('archived/claims.zip', 'an archive');
  expect((await load()).text).toContain('not read: archived/claims.zip');
  expect(await feed('archived', 'ExplanationOfBenefit')).toMatchObject({ records: 2 });
  await rm(join(world.folder, 'archived/claims.zip'));
  await load();
  expect(await feed('archived', 'ExplanationOfBenefit')).toMatchObject({ records: 0 });
}, 60_000);

test('what is expected and does not come is late, also if it never came', async () => {
  await world.importFiles('late', await world.file('late.ndjson', claims(1)));
  const expected = ['--expect', 'ExplanationOfBenefit=1d', '--expect', 'Coverage=1w'];
  const set = await run('freshness', '--tenant', 'late', ...expected);
  expect(set).toMatchObject({ code: 0, text: expect.stringMatching(/^Coverage +– .* 1w$/m) });
  expect(await feed('late', 'ExplanationOfBenefit', 1)).toMatchObject({ late: false });
  expect(await feed('late', 'ExplanationOfBenefit', 2)).toMatchObject({ late: true });
  expect(await feed('late', 'Coverage', 8)).toMatchObject({ late: false, asOf: null });
  expect(await feed('late', 'Coverage', 9)).toMatchObject({ late: true, asOf: null });
  const coverage = world.stores.get('coverage-service') as Pool;
  const officer = { owner: 'coverage-service', by: 'officer' };
  await expectFeed(coverage, 'late', { type: 'Coverage', everySeconds: undefined }, officer);
  expect(await feed('late', 'Coverage', 9)).toMatchObject({ late: false });
});

test('what is published has a freshness of its own, and a rhythm', async () => {
  const [dr, another] = ['dr', 'another'].map((id) => ({
    resourceType: 'Practitioner',
    id,
    name: [{ family: 'Gray' }],
  }));
  const args = ['--tenant', 'published'];
  await run('main', ...args, await world.file('dr.ndjson', ndjson(another)));
  await run('main', ...args, '--directory', await world.file('directory.ndjson', ndjson(dr, another)));
  const of = (...more: string[]) => run('freshness', ...args, ...more);
  expect(await of('--directory', '--expect', 'Practitioner=1w')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^Practitioner .* 2 .* 1w$/m),
  });
  expect((await of()).text).toMatch(/^Practitioner .* 1 .* –$/m);
  expect(await feed('published~provider-directory', 'Practitioner', 9)).toMatchObject({ late: true });
  expect(await of('--directory', '--formulary')).toMatchObject({ code: 1 });
}, 60_000);

test('a load that is killed is no load, and is one when it has been run again', async () => {
  const file = await world.file('many.ndjson', claims(MANY));
  const { child, ended } = world.start('main', ['--tenant', 'killed', file]);
  const pool = world.stores.get('claims-service') as Pool;
  const WRITES = "SELECT FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%INSERT INTO resource%'";
  await waitUntil(async () => ((await pool.query(WRITES)).rowCount ?? 0) > 0 || child.exitCode !== null);
  child.kill('SIGKILL');
  await ended;
  expect(await feed('killed', 'ExplanationOfBenefit')).toEqual({});
  await run('main', '--tenant', 'killed', file);
  expect(await feed('killed', 'ExplanationOfBenefit')).toMatchObject({ records: MANY });
}, 60_000);

test('a load states that claims are complete, unless it had to refuse something', async () => {
  const pool = world.stores.get('claims-service') as Pool;
  const stated = async () => {
    const client = await pool.connect();
    try {
      await client.query("SELECT set_config('app.tenant', 'summed', false)");
      const { rows } = await client.query(
        "SELECT to_char(since, 'YYYY-MM-DD') AS since, up_to AS \"upTo\" FROM complete_records WHERE tenant = 'summed'",
      );
      return rows as object[];
    } finally {
      client.release(true);
    }
  };
  const asOf = new Date('2026-11-26T02:00:00Z');
  const load = (resources: object[], complete = {}) =>
    importResources(
      world.stores,
      'summed',
      resources.map((resource) => ({ resource, origin: '' })),
      complete,
    );
  const [good, bad] = [explanation('good', 'p'), { ...explanation('bad', 'p'), outcome: undefined }];
  const complete = { completeSince: '2026-01-01', asOf };
  expect(await load([patient('p'), good], complete)).toMatchObject({ rejected: 0, stated: true });
  expect(await stated()).toEqual([{ since: '2026-01-01', upTo: asOf }]);
  // A claim that is refused by a load that states nothing is missing all the same.
  expect(await load([bad])).not.toHaveProperty('stated');
  expect(await stated()).toEqual([{ since: null, upTo: null }]);
  expect(await load([good, bad], complete)).toMatchObject({ rejected: 1, stated: false });
  expect(await stated()).toEqual([{ since: null, upTo: null }]);
  const options = (day: string) =>
    importOptions(['--tenant', 'summed', '--claims-complete-since', day, 'claims.ndjson'], new Date());
  expect(options('2026-01-01')).toMatchObject({ completeSince: '2026-01-01' });
  for (const day of ['2026-13-01', '2026-02-30', '2999-01-01', '2026'])
    expect(() => options(day)).toThrow('a day that has begun');
  for (const wrong of ['2026-02-30T02:00:00Z', '2026-01-01', '2026-01-01T02:00:00', '2999-01-01T02:00:00Z'])
    expect(() =>
      importOptions(['--tenant', 'summed', '--as-of', wrong, 'claims.ndjson'], new Date()),
    ).toThrow('an instant that is past');
});
