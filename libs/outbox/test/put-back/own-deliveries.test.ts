/** What a process keeps of the producers that it was. */
import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import type pg from 'pg';
import { OwnDeliveries } from '../../src/own-deliveries.ts';
import type { Route } from '../../src/route.ts';
import { SIGNER } from '../world.ts';

const MEGABYTE = 'x'.repeat(1_000_000);
const NONE = { published: 0, confirmed: 0, resent: 0, failures: 0, lost: 0 };
const events = (count: number, tenant = 'north', first = 1) =>
  Array.from({ length: count }, (_, at) => ({ sequence: first + at, text: MEGABYTE, tenant, lane: 1 }));

/**
 * A table without rows, and a store that takes everything, but for plans that are held.
 *
 * @returns the numbers that were sent, by producer
 */
function emptyTable() {
  const held = new Set<string>();
  const sent = new Map<string, number[]>();
  const pool = { query: () => Promise.resolve({ rows: [], rowCount: 0 }) } as unknown as pg.Pool;
  const publish: Route['publisher']['publish'] = (batches) => {
    for (const { producer, records } of batches.filter(({ tenant }) => !held.has(tenant)))
      sent.set(producer, [...(sent.get(producer) ?? []), ...records.map(({ sequence }) => sequence)]);
    const refused = batches.map(({ tenant }) => tenant).filter((tenant) => held.has(tenant));
    return Promise.resolve({ by: 'store' as const, held: new Set(refused) });
  };
  const publisher = { publish, close: () => Promise.resolve() };
  const store: Route['store'] = {
    deliver: () => Promise.resolve(new Set<string>()),
    missing: () => Promise.resolve([]),
    held: new Set(),
  };
  const route = { pool, signer: SIGNER, publisher, store, batchRows: 100, resendAfterMs: 1_000 };
  return { sent, held, route };
}

it('sends what it recorded as former producers first, and keeps no more of it than one may have in memory', async () => {
  const { sent, route } = emptyTable();
  const own = new OwnDeliveries(route, { ...NONE });
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

it('keeps the newest events of a plan that is held in the memory that others leave, and sends them when it goes on', async () => {
  const { sent, held, route } = emptyTable();
  const own = new OwnDeliveries(route, { ...NONE });
  const [former, newest] = [randomUUID(), randomUUID()];
  const numbers = (producer: string) => sent.get(`claims-service/${producer}`);
  const sendUntil = (isOver: () => boolean) =>
    waitUntil(
      async () => {
        await own.send();
        return isOver();
      },
      { withinMs: 20_000 },
    );
  held.add('south');
  own.add(former, events(20, 'south'));
  own.add(former, events(1, 'north', 21));
  await sendUntil(() => numbers(former)?.length === 1);
  own.add(former, events(20, 'north', 22));
  await sendUntil(() => numbers(former)?.length === 21);
  own.add(newest, events(1));
  await sendUntil(() => numbers(newest)?.length === 1);
  expect([own.hasInMemory(former), own.isWaiting, numbers(former)?.length]).toEqual([true, true, 21]);
  held.clear();
  await sendUntil(() => !own.hasInMemory(former));
  // 13 of 33 MB were left beside the 20 of the other plan.
  expect(numbers(former)?.slice(21)).toEqual(Array.from({ length: 13 }, (_, at) => 8 + at));
  await own.send();
  expect(own.isWaiting).toBe(false);
});
