import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventKeys, openBatch } from '@patient-access/events';
import { explainRun } from '@patient-access/testing';
import pg from 'pg';
import { type AcceptedBatch, storeBatch } from '../../src/store-events.ts';
import { accessEvent, asLines, batchesOf, EVENT_PUBLIC_KEYS, startWorld, type World } from '../world.ts';

const DELIVERY = 200;
const DELIVERIES = 150;
/** Number of calls after which a session keeps one generic plan for all values. */
const WARM = 10;
/** Of one event: its row, and its entry in each index. */
const MAX_BLOCKS_PER_EVENT = 30;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const KEYS = eventKeys(EVENT_PUBLIC_KEYS);
function delivery(): AcceptedBatch {
  const [batch] = batchesOf(asLines(...Array.from({ length: DELIVERY }, () => accessEvent())));
  const opened = batch && openBatch(KEYS, batch, Date.now());
  if (!batch || !opened || 'rejected' in opened) throw new Error('no batch');
  return { batch, hashes: opened.hashes, records: opened.records };
}

/** One connection of the service with its own query plans. */
async function session() {
  const client = new pg.Client({ connectionString: world.urls.ingest });
  await client.connect();
  const store = async (through: unknown = client, events = delivery()) => {
    await client.query('BEGIN');
    await storeBatch(through as pg.PoolClient, events);
    await client.query('COMMIT');
  };
  return {
    async store(deliveries: number) {
      for (let each = 0; each < deliveries; each += 1) await store();
    },
    /** Stores a delivery. @returns the number of blocks that each event touched */
    async blocks(): Promise<number> {
      let touched = 0;
      await store({
        async query({ text, values }: { text: string; values: unknown[] }) {
          if (!text.includes('trail.append')) return client.query(text, values);
          touched += (await explainRun(client, text, values)).blocks;
          return { rows: [] };
        },
      });
      return touched / DELIVERY;
    },
    end: () => client.end(),
  };
}

test('storing an event costs the same in a full month as in an empty one, whenever the plan was made', async () => {
  const early = await session();
  await early.store(DELIVERIES);
  const late = await session();
  await late.store(WARM);
  const costs = [await early.blocks(), await late.blocks()];
  await Promise.all([early.end(), late.end()]);
  for (const cost of costs) expect(cost).toBeLessThan(MAX_BLOCKS_PER_EVENT);
});
