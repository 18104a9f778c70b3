/** What a process keeps of the producers that it was. */
import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type pg from 'pg';
import { OwnDeliveries } from '../../src/own-deliveries.ts';
import type { Route } from '../../src/route.ts';
import { SIGNER } from '../world.ts';

const MEGABYTE = 'x'.repeat(1_000_000);
const events = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ sequence: at + 1, text: MEGABYTE, tenant: 'north', lane: 1 }));

/** A table without rows, and a store that takes everything. @returns the numbers that were sent, by producer */
function emptyTable() {
  const sent = new Map<string, number[]>();
  const pool = { query: () => Promise.resolve({ rows: [], rowCount: 0 }) } as unknown as pg.Pool;
  const publish: Route['publisher']['publish'] = (batches) => {
    for (const { producer, records } of batches)
      sent.set(producer, [...(sent.get(producer) ?? []), ...records.map(({ sequence }) => sequence)]);
    return Promise.resolve({ by: 'store' as const, held: new Set<string>() });
  };
  const publisher = { publish, close: () => Promise.resolve() };
  const store: Route['store'] = {
    deliver: () => Promise.resolve(new Set<string>()),
    missing: () => Promise.resolve([]),
    held: new Set(),
  };
  return { sent, route: { pool, signer: SIGNER, publisher, store, batchRows: 100 } };
}

it('sends what it recorded as former producers first, and keeps no more of it than one may have in memory', async () => {
  const { sent, route } = emptyTable();
  const own = new OwnDeliveries(route, { published: 0, confirmed: 0, resent: 0, failures: 0, lost: 0 });
  const [full, more, some, newest] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  own.add(full, events(30));
  own.add(more, events(10));
  own.add(some, events(2));
  own.add(newest, events(1));
  while ((await own.send()) > 0);
  expect([...sent].map(([producer, numbers]) => [producer, numbers.length])).toEqual([
    [`claims-service/${full}`, 30],
    [`claims-service/${some}`, 2],
    [`claims-service/${newest}`, 1],
  ]);
});
