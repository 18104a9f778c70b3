/** Plans take turns: none waits for what another one has, or for its database. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { startWorld, type World } from '../world.ts';
import { type ConsentReceiver, startConsentReceiver } from './consent-receiver.ts';
import { addDue } from './due.ts';

describe('turns of plans whose consents are published', () => {
  let world: World;
  let owner: ConsentReceiver;
  beforeAll(async () => {
    owner = await startConsentReceiver();
    world = await startWorld({ coverageUrl: owner.url });
  }, 60_000);
  afterEach(() => owner.hangs.clear());
  afterAll(async () => {
    await world?.stop();
    await owner?.stop();
  });

  const arrived = (grants: readonly string[]) =>
    owner.facts.filter(({ grantId }) => grants.includes(grantId)).length;
  const areMarked = (grants: readonly string[]) =>
    waitUntil(async () => {
      const due = 'SELECT FROM consent WHERE grant_id = ANY ($1) AND publish_at <= now()';
      return (await world.db.query(due, [grants])).rowCount === 0;
    });

  it('publishes a consent of one plan before the long backlog of another', async () => {
    const { northwind = [], lakeside = [] } = await addDue(world, { northwind: 1_000, lakeside: 1 });
    await areMarked(lakeside);
    const place = owner.facts.findIndex(({ tenant }) => tenant === 'lakeside');
    expect(place).toBeGreaterThanOrEqual(0);
    expect(place).toBeLessThanOrEqual(50);
    await areMarked(northwind);
    expect(arrived(northwind)).toBe(1_000);
  });

  it('publishes the consents of others while one plan does not answer, and its own when it is back', async () => {
    owner.hangs.add('northwind');
    const { northwind = [], lakeside = [] } = await addDue(world, { northwind: 1, lakeside: 1 });
    await areMarked(lakeside);
    expect(owner.hanging).toBe(1);
    const { lakeside: later = [] } = await addDue(world, { lakeside: 1 });
    await areMarked(later);
    // In another turn, and the first request of the plan is not over.
    expect(owner.hanging).toBe(1);
    expect(arrived([...lakeside, ...later])).toBe(2);
    owner.hangs.clear();
    await waitUntil(() => arrived(northwind) === 1, { withinMs: 20_000 });
    await areMarked(northwind);
  }, 40_000);
});
