/** How Postgres finds grants that are over before their time, among years of consents that ended by themselves before their relation. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { explainRun } from '@patient-access/testing';
import { LOOKS } from '../../src/domain/consent/end-over-grants.ts';
import { startWorld, type World } from '../world.ts';

/** The rows of the consents of before fill some thousand. */
const MOST_BLOCKS = 100;

/** Consents of a day, of members whose coverage has ended since. */
const ADD = `
  INSERT INTO consent (tenant, grant_id, sub, member, client_id, client_name, requested_scope, scope, declined, text_version,
                       granted_at, until, publish_at, over_at, over_by)
  SELECT 'northwind', gen_random_uuid()::text, gen_random_uuid(), 'maria', 'app', 'App', 'patient/*.rs', 'patient/*.rs', '{}', '1',
         now() - interval '400 days', now() - interval '399 days', NULL, now() - interval '1 day', 'coverage'
    FROM generate_series(1, 30000)`;

describe('a look for grants that are over', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.db.query(ADD);
    await world.db.query('ANALYZE consent');
  }, 120_000);
  afterAll(() => world?.stop());

  it.each(Object.entries(LOOKS))('%s: reads past no consent that ended by itself', async (_what, text) => {
    const { plan, blocks } = await explainRun(world.db, text);
    expect(plan).toContain('consent_over_early');
    expect(blocks).toBeLessThan(MOST_BLOCKS);
  });
});
