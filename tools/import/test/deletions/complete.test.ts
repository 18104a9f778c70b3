/** A complete load, what others change meanwhile, and who was merged. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Pool } from '@patient-access/database';
import { clockOf, Ingest, mergePersons } from '@patient-access/fhir-store/ingest';
import { importResources } from '../../store/import.ts';
import { explanation, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const TYPE = 'ExplanationOfBenefit';
const HOUR_MS = 3_600_000;
/** Postgres is waited for with these. */
const NOT_DATE = ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask'] as const;

describe('a complete load', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterEach(() => void jest.useRealTimers());
  afterAll(() => world?.end());

  const importing = (tenant: string, ...resources: object[]) =>
    importResources(
      world.stores,
      tenant,
      resources.map((resource) => ({ origin: '', resource })),
    );
  const idsOf = async (tenant: string, of = TYPE) =>
    (await world.stored(tenant))
      .filter(({ type }) => type === of)
      .map(({ id }) => id)
      .sort();

  it.each([
    ['of one clock', 0],
    ['of a machine whose clock is ahead', HOUR_MS],
    ['of a machine whose clock is behind', -HOUR_MS],
  ])('%s leaves what another load has stored since it began', async (clock, aheadMs) => {
    const tenant = clock.replaceAll(' ', '-');
    const claims = [explanation('kept', 'p'), explanation('gone', 'p'), explanation('changed', 'p')];
    await importing(tenant, patient('p'), ...claims);
    async function* withAnotherMeanwhile() {
      yield { origin: '', resource: explanation('kept', 'p') };
      await importing(tenant, explanation('new', 'p'), explanation('changed', 'p', { outcome: 'partial' }));
    }
    jest.useFakeTimers({ now: Date.now() + aheadMs, doNotFake: [...NOT_DATE] });
    const complete = { types: [TYPE], atMost: 0.25 };
    const summary = await importResources(world.stores, tenant, withAnotherMeanwhile(), { complete });
    expect(summary.complete).toEqual([{ type: TYPE, stored: 4, missing: 1, deleted: 1, retained: 0 }]);
    expect(await idsOf(tenant)).toEqual(['changed', 'kept', 'new']);
  });

  it('leaves what another load has stored while its file was fetched', async () => {
    await importing('fetched', patient('p'), explanation('kept', 'p'), explanation('gone', 'p'));
    const body = ndjson(explanation('kept', 'p'));
    const server = createServer((_request, response) => {
      void importing('fetched', explanation('new', 'p')).then(() =>
        response.writeHead(200, { 'content-length': body.length }).end(body),
      );
    }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const args = ['--tenant', 'fetched', '--guides', 'none', '--complete', TYPE, '--at-most', '100%'];
      const ended = await world.run('main', [...args, '--json', `http://127.0.0.1:${port}/claims.ndjson`]);
      expect(JSON.parse(ended.out)).toMatchObject({ complete: [{ type: TYPE, stored: 3, deleted: 1 }] });
      expect(await idsOf('fetched')).toEqual(['kept', 'new']);
    } finally {
      server.close();
    }
  });

  it('leaves what another load has changed between the comparison and the deletion', async () => {
    const claims = ['gone', 'changed', 'deleted'].map((id) => explanation(id, 'p'));
    await importing('late', patient('p'), ...claims);
    const own = world.stores.get('claims-service') as Pool;
    const ingest = new Ingest({ own, all: [...world.stores.values()] }, 'late');
    const began = await clockOf(own);
    const compare = async (stored: AsyncIterable<readonly string[]>) => {
      const ids: string[] = [];
      for await (const some of stored) ids.push(...some);
      await importing('late', explanation('changed', 'p', { outcome: 'partial' }));
      await ingest.store([{ origin: '', deleted: { type: TYPE, id: 'deleted' } }]);
      return {
        stored: ids.length,
        missing: ids.length,
        async *batches() {
          yield await Promise.resolve(ids);
        },
      };
    };
    expect(await ingest.deleteOthers({ type: TYPE, atMost: 1, began, compare })).toEqual({
      type: TYPE,
      stored: 3,
      missing: 1,
      deleted: 1,
      retained: 0,
    });
    expect(await idsOf('late')).toEqual(['changed']);
  });

  it('leaves the Patient of a person who was merged into another one, though no file has her any more', async () => {
    await importing('merged', patient('p1'), patient('p2'), patient('p3'));
    const own = world.stores.get('coverage-service') as Pool;
    const databases = { own, all: [...world.stores.values()] };
    await mergePersons(
      { databases, tenant: 'merged', feed: { owner: 'coverage-service', by: 'ops' } },
      { change: 'c-1', replaced: 'p1', survivor: 'p2', reason: 'two cards' },
    );
    const file = await world.file('merged.ndjson', ndjson(patient('p2'), explanation('e', 'p2')));
    const { complete } = await world.importComplete('merged', file, { types: ['Patient'], atMost: 1 });
    expect(complete).toEqual([{ type: 'Patient', stored: 2, missing: 1, deleted: 1, retained: 0 }]);
    expect(await idsOf('merged', 'Patient')).toEqual(['p1', 'p2']);
  });
});
