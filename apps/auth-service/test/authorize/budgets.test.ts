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
const SINGLY_COUNTED = 50_000;

describe('O81: what may be stored by all together', () => {
  let world: World;
  let pool: Pool;
  let replicas: LiveReplicas;
  let budgets: StorageBudgets;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 1 });
    replicas = new LiveReplicas(pool);
  }, 60_000);
  afterAll(async () => {
    replicas?.stop();
    await pool?.end();
    await world?.stop();
  });
  beforeEach(() => {
    budgets = storageBudgets(replicas);
  });

  it.each(['strangers', 'logins', 'clients'] as const)(
    'has an end for %s, which the others do not share',
    (kind) => {
      for (let n = 0; n < 64; n += 1) budgets[kind].take(`one ${n}`, ALL_OF_ONE);
      expect(() => budgets[kind].take('another', 'x')).toThrow(TooMuchStored);
      const others = (['strangers', 'logins', 'clients'] as const).filter((each) => each !== kind);
      for (const other of others) expect(budgets[other].take('another', 'x').left).toBe(4 * MIB - 501);
    },
  );

  it('is counted together for all those beyond the number that is counted singly', () => {
    const { clients } = budgets;
    for (let n = 0; n < SINGLY_COUNTED; n += 1) clients.take(`known/${n}`, '');
    expect(clients.take('late/1', ALL_OF_ONE).left).toBe(0);
    expect(() => clients.take('late/1', '')).toThrow(TooMuchStored);
    expect(() => clients.take('late/2', '')).toThrow(TooMuchStored);
    expect(clients.take('known/1', '').left).toBe(4 * MIB - 1_000);
  });
});
