import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { alone, Ingest, type IngestResult } from '@patient-access/fhir-store/ingest';
import { OwnerQueue } from '../../store/owner-queue.ts';
import { patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

/** Texts that go past the check before the queue, and that Postgres cannot take. */
const REFUSED = {
  'when it is stored': { name: [{ family: 'a\0b' }] },
  'when its batch is prepared': { maritalStatus: { coding: [{ system: 'urn:status', code: 'a\0b' }] } },
};

test.each(Object.entries(REFUSED))(
  'a resource that the database refuses %s does not block the others of its batch',
  async (when, refused) => {
    const results: IngestResult<number>[] = [];
    const pool = world.stores.get('coverage-service');
    if (!pool) throw new Error('no such store');
    const words = { displays: { displayOf: () => undefined } };
    const queue = new OwnerQueue<number>(
      new Ingest(alone(pool), `refused ${when}`.replaceAll(' ', '-'), { words }),
      async (each) => void results.push(...each),
    );
    for (const at of [0, 1, 2, 3, 4])
      await queue.add({ resource: patient(`p${at}`, at === 3 ? refused : {}), origin: at }, 0);
    await queue.drain();
    expect(results.filter(({ status }) => status === 'created').map(({ origin }) => origin)).toEqual([
      0, 1, 2, 4,
    ]);
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([
      {
        origin: 3,
        type: 'Patient',
        status: 'rejected',
        reason: 'the database cannot hold it (SQLSTATE 22021)',
      },
    ]);
  },
);
