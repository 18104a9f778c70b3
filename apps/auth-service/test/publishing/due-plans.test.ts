/** How Postgres finds what is due where one plan has most of it, and refuses it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { explainRun } from '@patient-access/testing';
import { DUE, DUE_PLANS, OLDEST_DUE } from '../../src/domain/consent/due-consents.ts';
import { startWorld, type World } from '../world.ts';
import { addDue } from './due.ts';

/** The rows of the large plan fill some thousand. */
const MOST_BLOCKS = 100;

describe('a look for consents that are due', () => {
  let world: World;
  beforeAll(async () => {
    // Nobody takes what is published.
    world = await startWorld();
    await addDue(world, { northwind: 30_000 });
    // From here on Postgres believes that all consents are of this plan.
    await world.db.query('ANALYZE consent');
    await addDue(world, { lakeside: 3 });
  }, 120_000);
  afterAll(() => world?.stop());

  it.each([
    ['for plans', DUE_PLANS, [['northwind'], 20]],
    ['for the consents of a plan', DUE, [['lakeside'], 100]],
    ['for the oldest', OLDEST_DUE, []],
  ])('%s reads past no row of another plan', async (_what, { text }, values) => {
    const { plan, blocks } = await explainRun(world.db, text, values);
    expect(plan).toContain('using consent_due');
    expect(plan).not.toMatch(/consent_to_publish|Seq Scan on consent/);
    expect(blocks).toBeLessThan(MOST_BLOCKS);
  });

  it('finds plans and consents that are due, and no more of them than it is asked for', async () => {
    const plans = async (leftOut: string[], most: number) =>
      (await world.db.query<{ plan: string }>(DUE_PLANS.text, [leftOut, most])).rows.map(({ plan }) => plan);
    expect((await plans([], 20)).sort()).toEqual(['lakeside', 'northwind']);
    expect(await plans(['northwind'], 20)).toEqual(['lakeside']);
    expect(await plans(['northwind', 'lakeside'], 20)).toEqual([]);
    expect(await plans([], 1)).toHaveLength(1);
    const { rows } = await world.db.query(DUE.text, [['lakeside', 'northwind'], 2]);
    expect(rows.map(({ tenant }) => tenant as string).sort()).toEqual([
      'lakeside',
      'lakeside',
      'northwind',
      'northwind',
    ]);
  });
});
