import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { LiveReplicas } from '../../src/domain/replicas/live-replicas.ts';
import {
  type StorageBudgets,
  storageBudgets,
  TooMuchStored,
} from '../../src/provider/adapters/storage-budget.ts';
import { startWorld, type World } from '../world.ts';

const MIB = 1024 * 1024;
/** As large as all that one may store, with what its row costs. */
const ALL_OF_ONE = 'x'.repeat(4 * MIB - 500);
const HALF_OF_ONE = 'x'.repeat(2 * MIB - 500);
const SINGLY_COUNTED = 50_000;
const KINDS = ['strangers', 'logins', 'clients'] as const;

describe('O81: what may be stored by all together', () => {
  let world: World;
  let pool: Pool;
  let replicas: LiveReplicas;
  let budgets: StorageBudgets;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 1 });
    replicas = new LiveReplicas(pool);
    // It is the only one that it knows of.
    replicas.stop();
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });
  beforeEach(() => {
    budgets = storageBudgets(replicas);
  });

  /** @returns how many of a plan had room */
  function fill(kind: keyof StorageBudgets, plan: string, payload = ALL_OF_ONE): number {
    const takeAs = (n: number) => budgets[kind].take(plan, `${plan}/${n}`, payload);
    let count = 0;
    expect(() => {
      for (;;) {
        takeAs(count);
        count += 1;
      }
    }).toThrow(TooMuchStored);
    return count;
  }

  it.each(KINDS)('has an end for %s, which the others do not share', (kind) => {
    fill(kind, 'one');
    for (const other of KINDS.filter((each) => each !== kind))
      expect(budgets[other].take('one', 'one/another', 'x').left).toBe(4 * MIB - 501);
  });

  it.each(KINDS)('is for %s of a plan never more than it leaves to the next ones', (kind) => {
    expect(['one', 'two', 'three'].map((plan) => fill(kind, plan))).toEqual([64, 32, 16]);
    expect(() => budgets[kind].take('one', 'one/late', 'x')).toThrow(TooMuchStored);
    expect(budgets[kind].take('four', 'four/1', 'x').left).toBe(4 * MIB - 501);
  });

  it('is counted in halves by two replicas, of a plan too', async () => {
    const two = new LiveReplicas(pool);
    two.stop();
    await two.beat();
    expect(two.count('auth-service')).toBe(2);
    budgets = storageBudgets(two);
    const plans = ['one', 'two', 'three'];
    expect(plans.map((plan) => fill('logins', plan, HALF_OF_ONE))).toEqual([64, 32, 16]);
  });

  it('is counted together for all those of a plan beyond the number that is counted singly', () => {
    const { clients } = budgets;
    for (let n = 0; n < SINGLY_COUNTED; n += 1) clients.take('one', `one/${n}`, '');
    expect(clients.take('one', 'one/late', ALL_OF_ONE).left).toBe(0);
    expect(() => clients.take('one', 'one/late', '')).toThrow(TooMuchStored);
    expect(() => clients.take('one', 'one/later', '')).toThrow(TooMuchStored);
    expect(clients.take('one', 'one/1', '').left).toBe(4 * MIB - 1_000);
    expect(clients.take('two', 'two/1', '').left).toBe(4 * MIB - 500);
  });
});
