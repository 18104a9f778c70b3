/** A plan that leaves takes its records along as files, which can be imported again, and then they are deleted. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyMigrations, provisionDatabase } from '@patient-access/database';
import { movePlan, PlanPools } from '@patient-access/fhir-store/ingest';
import { furtherIngestSetting, ingestSetting } from '@patient-access/topology';
import pg from 'pg';
import { explanation, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const TENANT = 'leaving';
const MIGRATIONS = resolve(import.meta.dirname, '../../../../libs/fhir-store/prisma/migrations');
const coverage = (id: string, member: string) => ({
  ...{ resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: `Patient/${member}` } },
  payor: [{ display: 'the plan' }],
});
const DIRECTORY = `${TENANT}~provider-directory`;

interface Manifest {
  complete: boolean;
  files: { name: string; records: number; bytes: number; sha256: string }[];
}

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

const run = (name: string, ...args: string[]) => world.run(name, args);

describe('a plan that leaves', () => {
  const folder = () => join(world.folder, 'taken-along');

  it('takes all its records along, in files that are whole and that nobody else reads', async () => {
    const data = [patient('p'), coverage('c', 'p'), explanation('e1', 'p'), explanation('e2', 'p')];
    await world.importFiles(TENANT, await world.file('all.ndjson', ndjson(...data)));
    const later = ndjson(explanation('e2', 'p', { status: 'cancelled' }));
    await world.importFiles(TENANT, await world.file('later.ndjson', later));
    const published = ndjson({ resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Gray' }] });
    await world.importFiles(DIRECTORY, await world.file('directory.ndjson', published));
    const renamed = ndjson({ resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Grey' }] });
    await world.importFiles(DIRECTORY, await world.file('renamed.ndjson', renamed));
    const { code, err } = await run('export-plan', '--tenant', TENANT, '--out', folder());
    expect([code, err]).toEqual([0, '']);
    const manifest = JSON.parse(readFileSync(join(folder(), 'manifest.json'), 'utf8')) as Manifest;
    expect(manifest.complete).toBe(true);
    expect(manifest.files.map(({ name, records }) => [name, records])).toEqual([
      ['Coverage.ndjson', 1],
      ['ExplanationOfBenefit.ndjson', 2],
      ['Patient.ndjson', 1],
      ['history/ExplanationOfBenefit.ndjson', 1],
      [`${DIRECTORY}/Practitioner.ndjson`, 1],
      [`${DIRECTORY}/history/Practitioner.ndjson`, 1],
    ]);
    for (const { name, records, bytes, sha256 } of manifest.files) {
      const content = readFileSync(join(folder(), name));
      expect([name, content.length, createHash('sha256').update(content).digest('hex')]).toEqual([
        name,
        bytes,
        sha256,
      ]);
      expect(content.toString().trimEnd().split('\n')).toHaveLength(records);
      expect(statSync(join(folder(), name)).mode & 0o077).toBe(0);
    }
    expect((await run('export-plan', '--tenant', TENANT, '--out', folder())).code).toBe(1);
  });

  it('has what another installation imports', async () => {
    const files = ['Patient', 'Coverage', 'ExplanationOfBenefit'].map((type) =>
      join(folder(), `${type}.ndjson`),
    );
    for (const file of files) await world.importFiles('arriving', file);
    expect(await world.stored('arriving', 'ExplanationOfBenefit/e2')).toHaveLength(1);
  });

  it('has them as they are now, where the whole folder is imported', async () => {
    const { code, err } = await run('main', '--tenant', 'whole', '--guides', 'none', folder());
    expect([code, err]).toEqual([0, expect.stringContaining(`not read: ${folder()}/history, ${folder()}/`)]);
    const rows = await world.stored('whole');
    expect(rows.map(({ type, id }) => `${type}/${id}`).sort()).toEqual([
      ...['Coverage/c', 'ExplanationOfBenefit/e1', 'ExplanationOfBenefit/e2', 'Patient/p'],
    ]);
    const e2 = rows.find(({ id }) => id === 'e2');
    expect(JSON.parse(e2?.body ?? '')).toMatchObject({ status: 'cancelled' });
  });

  it('has what it published as it is now, where the folder of that is imported', async () => {
    const published = join(folder(), DIRECTORY);
    const { code, err } = await run(
      'main',
      '--tenant',
      'whole',
      '--directory',
      '--guides',
      'none',
      published,
    );
    expect([code, err]).toEqual([0, expect.stringContaining(`not read: ${published}/history. `)]);
    const [doctor, ...more] = await world.stored('whole~provider-directory');
    expect([JSON.parse(doctor?.body ?? ''), more]).toMatchObject([{ name: [{ family: 'Grey' }] }, []]);
  });

  it('is deleted when its id is said twice, and no file brings a record back', async () => {
    expect((await run('delete-plan', '--tenant', TENANT)).code).toBe(1);
    expect((await run('delete-plan', '--tenant', TENANT, '--confirm', 'arriving')).code).toBe(1);
    expect(await world.stored(TENANT, 'Patient/p')).toHaveLength(1);
    const { code, out } = await run('delete-plan', '--tenant', TENANT, '--confirm', TENANT);
    expect([code, JSON.parse(out)]).toEqual([
      0,
      {
        deleted: expect.objectContaining({
          [TENANT]: expect.objectContaining({ 'claims-service': { ExplanationOfBenefit: 2 } }),
          [DIRECTORY]: expect.objectContaining({ 'clinical-service': { Practitioner: 1 } }),
        }),
      },
    ]);
    expect(await world.stored(TENANT, 'Patient/p')).toEqual([]);
    expect(await world.stored(DIRECTORY, 'Practitioner/dr')).toEqual([]);
    const late = await world.file('late.ndjson', ndjson(patient('p')));
    await expect(world.importFiles(TENANT, late)).rejects.toThrow('was deleted');
    expect(await world.stored('arriving', 'Patient/p')).toHaveLength(1);
  });

  it('is deleted also where a move that was stopped has left a copy', async () => {
    const data = [patient('p'), coverage('c', 'p'), explanation('e1', 'p')];
    await world.importFiles('moving', await world.file('moving.ndjson', ndjson(...data)));
    const owner = 'claims-service';
    const large = await provisionDatabase(
      world.adminUrlOf(owner),
      'claims_large',
      (role) => `${role}-password`,
    );
    await applyMigrations(large.owner, MIGRATIONS);
    const pools = new PlanPools(
      world.environment[ingestSetting(owner)] ?? '',
      { large: large.ingest },
      { max: 2, statementTimeoutMs: 60_000 },
    );
    const move = {
      pools,
      plan: 'moving',
      tenants: ['moving'],
      source: { owner, by: 'olga.operator' },
    } as const;
    for await (const { step } of movePlan(move, 'large')) if (step === 'paused') break;
    await pools.end();
    const admin = new pg.Client(world.adminUrlOf(owner).replace(/claims$/, 'claims_large'));
    await admin.connect();
    const left = async () =>
      (
        await admin.query<{ left: number }>(
          "SELECT count(*)::int AS left FROM resource WHERE tenant = 'moving'",
        )
      ).rows[0]?.left;
    try {
      expect(await left()).toBeGreaterThan(0);
      const settings = { [furtherIngestSetting(owner)]: JSON.stringify({ large: large.ingest }) };
      const words = ['--tenant', 'moving', '--confirm', 'moving'];
      const { code, out } = await world.run('delete-plan', words, settings);
      expect([code, JSON.parse(out)]).toMatchObject([0, { copies: [{ owner, database: 'large' }] }]);
      expect(await left()).toBe(0);
      expect(await world.run('delete-plan', words, settings)).toMatchObject({ code: 0, err: '' });
    } finally {
      await admin.end();
    }
  });
});
