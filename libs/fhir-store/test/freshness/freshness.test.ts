/** How fresh a plan's data is (docs/adr/0085-say-how-fresh-data-is-in-the-searchset.md). */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, createReadPool } from '@patient-access/database';
import { PlanFreshness } from '@patient-access/internal-api';
import { ask, observation, setClockBack } from '@patient-access/testing';
import { Freshness } from '../../src/freshness/freshness.ts';
import { expectFeed, type FeedCounts, noteLoad } from '../../src/ingest.ts';
import { asMember, bundleOf, startWorld, type World } from '../world.ts';

const AS_OF = '2026-05-01T02:00:00.000Z';
const LATER = '2026-05-02T02:00:00.000Z';
const OPERATOR = { owner: 'clinical-service', by: 'officer' };
const NONE = { updated: 0, unchanged: 0, deleted: 0, rejected: 0, findings: 0, carried: true };
const countsOf = (created: number): FeedCounts[] => [{ type: 'Observation', created, ...NONE }];

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.store('north', observation('o', 'anna'));
  await world.store('south', observation('o', 'anna'));
  const pool = await createPool(world.urls.ingest, { max: 1 });
  for (const created of [10, 20, 30, 8]) {
    await noteLoad(pool, 'north', { load: randomUUID(), asOf: AS_OF, counts: countsOf(created) });
    // The last one is the one that ended last, by the millisecond.
    await delay(2);
  }
  await expectFeed(pool, 'north', { type: 'Observation', everySeconds: 86_400 }, OPERATOR);
  await pool.end();
}, 120_000);
afterAll(() => world?.stop());

const metaOf = async (tenant: string, search: string) => {
  const { meta } = bundleOf(await (await asMember(world, tenant, 'anna'))(search)) as { meta?: object };
  return meta;
};

it('is told with each searchset about the type, of this plan alone', async () => {
  expect(await metaOf('north', 'Observation')).toEqual({ lastUpdated: AS_OF });
  expect(await metaOf('north', 'Observation?code=nothing')).toEqual({ lastUpdated: AS_OF });
  expect(await metaOf('north', 'Condition')).toBeUndefined();
  expect(await metaOf('south', 'Observation')).toBeUndefined();
});

it('is shown as metrics by plan and type', async () => {
  const lines = (await world.metrics()).split('\n').filter((line) => line.startsWith('feed_'));
  const of = (name: string) => `${name}{tenant="north",type="Observation"}`;
  expect(lines).toEqual([
    expect.stringContaining('feed_awaited_since_seconds{'),
    `${of('feed_expected_every_seconds')} 86400`,
    `${of('feed_last_records')} 8`,
    `${of('feed_usual_records')} 20`,
  ]);
});

it('is told to auth-service, of the plan of its introspection JWT alone', async () => {
  const ofPlan = async (tenant: string, issuer = tenant) => {
    const claims = world.issuer.claims(issuer, 'anna', { scope: '' });
    const authorization = `Bearer ${await world.issuer.sign(claims)}`;
    return ask(world.url, `/internal/freshness/${tenant}`, { headers: { authorization } });
  };
  const { feeds } = PlanFreshness.parse(JSON.parse((await ofPlan('north')).text));
  expect(feeds).toMatchObject([
    {
      type: 'Observation',
      asOf: AS_OF,
      records: 8,
      usual: 20,
      everySeconds: 86_400,
      late: false,
      small: true,
    },
  ]);
  expect(JSON.parse((await ofPlan('south')).text)).toEqual({ feeds: [] });
  expect((await ofPlan('north', 'south')).status).toBe(401);
  expect((await ask(world.url, '/internal/freshness/north')).status).toBe(401);
});

it('is as of a quarter of a minute ago at most, also when the clock is set back', async () => {
  const [pool, reads] = [
    await createPool(world.urls.ingest, { max: 1 }),
    await createReadPool(world.urls.service, { max: 1 }),
  ];
  const freshness = new Freshness(reads);
  expect(await freshness.asOf('south', 'Observation')).toBeUndefined();
  await noteLoad(pool, 'south', { load: randomUUID(), asOf: LATER, counts: countsOf(1) });
  const mend = setClockBack(15_000);
  expect(await freshness.asOf('south', 'Observation').finally(mend)).toBe(LATER);
  await Promise.all([pool.end(), reads.end()]);
});
