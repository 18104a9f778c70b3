/**
 * `import:withdraw` as a process. Killed between two databases, it has taken the record whole or not at all, and ends when it is
 * run again.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Owner } from '@patient-access/fhir';
import { RECORD_SERVICES } from '@patient-access/topology';
import pg from 'pg';
import { explanation, importedProvenance, ndjson, patient } from '../resources.ts';
import { killInCommit } from '../kill-in-commit.ts';
import { createWorld, type World } from '../world.ts';

const TENANT = 'mixed';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

function start(record: string, to: string) {
  const order = ['--record', record, '--from', 'p', '--reason', 'mixed up', '--to', 'q', '--as', to];
  return world.start('withdraw', ['--tenant', TENANT, ...order]);
}

const killIn = (owner: Owner, record: string, to: string) =>
  killInCommit(world.adminUrlOf(owner), ['withdrawn_resource'], () => start(record, to));

const members = async (reference: string) =>
  (await world.stored(TENANT, reference)).map(({ member, version }) => `${member} ${version}`);

/** Withdrawals that wait for the trail. */
async function events(): Promise<number> {
  let count = 0;
  for (const owner of RECORD_SERVICES) {
    const admin = new pg.Client({ connectionString: world.adminUrlOf(owner) });
    await admin.connect();
    const { rows } = await admin.query<{ body: string }>('SELECT body FROM outbox');
    count += rows.filter(({ body }) => body.includes('"withdraw"')).length;
    await admin.end();
  }
  return count;
}

describe('F65: import:withdraw', () => {
  it.each<[Owner, string]>([
    ['claims-service', 'e1'],
    ['coverage-service', 'e2'],
  ])(
    'killed while %s commits has taken all or nothing, and ends when it is run again',
    async (owner, id) => {
      const record = `ExplanationOfBenefit/${id}`;
      const data = [patient('p'), patient('q'), explanation(id, 'p'), importedProvenance(`of-${id}`, record)];
      await world.importFiles(TENANT, await world.file('first.ndjson', ndjson(...data)));
      const second = ndjson(explanation(id, 'p', { status: 'cancelled' }));
      await world.importFiles(TENANT, await world.file('second.ndjson', second));
      expect(await members(record)).toEqual(['p 2']);
      const before = await events();

      await killIn(owner, record, `${id}-q`);
      const left = [await members(record), await members(`ExplanationOfBenefit/${id}-q`)];
      expect([
        [['p 2'], []],
        [[], ['q 1']],
      ]).toContainEqual(left);

      const again = await start(record, `${id}-q`).ended;
      expect(again).toMatchObject({ code: 0, err: '' });
      expect(await members(record)).toEqual([]);
      expect(await members(`Provenance/of-${id}`)).toEqual([]);
      expect(await members(`ExplanationOfBenefit/${id}-q`)).toEqual(['q 1']);
      expect((await events()) - before).toBeGreaterThanOrEqual(1);

      const { rejections } = await world.importFiles(TENANT, await world.file('third.ndjson', second));
      expect(rejections).toMatchObject([{ reason: expect.stringMatching(/^withdrawn/) }]);
    },
    120_000,
  );
});
