/** Transactions that write a tenant's resources: in one database, or in all of them where one has to know of another. */
import { inTransaction, type Pool } from '@patient-access/database';
import type pg from 'pg';
import { type Clients, Settling } from './settle.ts';
import { lockTenant } from './tenant-lock.ts';

/** The databases of a tenant's resources, as their ingest roles; `own` is one of `all`. */
export interface Databases {
  own: Pool;
  /** in an order that is the same for everybody, so that nobody waits in a circle */
  all: readonly Pool[];
}

/** For who writes what nobody refers to from elsewhere, or has one database alone. */
export const alone = (pool: Pool): Databases => ({ own: pool, all: [pool] });

/** Thrown by work that finds, with its own database alone, that it needs the others. */
export class NeedsAll extends Error {
  override name = 'NeedsAll';
}

export interface WriteContext {
  own: pg.PoolClient;
  /** connections to all databases; only the own one where the work has not asked for more */
  all: Clients;
  /** the databases to which `all` has no connection */
  others: readonly Pool[];
  /** members of whom something is conditional in another way than before; '' for the plan's own data */
  changed: Set<string>;
  /** does the work have all databases? */
  isComplete: boolean;
}

/** Runs `work` in a transaction of each database, one inside the other; the outermost commits last. */
function inAll<Result>(
  pools: readonly Pool[],
  tenant: string,
  work: (clients: ReadonlyMap<Pool, pg.PoolClient>) => Promise<Result>,
  clients: ReadonlyMap<Pool, pg.PoolClient> = new Map(),
): Promise<Result> {
  const [pool, ...others] = pools;
  if (!pool) return work(clients);
  return inTransaction(pool, async (client) => {
    await lockTenant(client, tenant);
    return inAll(others, tenant, work, new Map([...clients, [pool, client]]));
  });
}

/** Every member of whom something changed is settled: first what has to be hidden, then what may be opened. */
async function inEach<Result>(
  { own, all }: Databases,
  tenant: string,
  work: (context: WriteContext) => Promise<Result>,
): Promise<Result> {
  const changed = new Set<string>();
  let leavesToOpen = false;
  const inOrder = (clients: ReadonlyMap<Pool, pg.PoolClient>) =>
    all.map((pool) => clients.get(pool) as pg.PoolClient);
  const result = await inAll(all, tenant, async (clients) => {
    const context = {
      own: clients.get(own) as pg.PoolClient,
      all: inOrder(clients),
      others: [],
      changed,
      isComplete: true,
    };
    const done = await work(context);
    const hiding = new Settling(context.all, tenant, 'hide');
    await hiding.settle([...changed]);
    leavesToOpen = hiding.leavesToOpen;
    return done;
  });
  if (leavesToOpen)
    await inAll(all, tenant, (clients) =>
      new Settling(inOrder(clients), tenant, 'open').settle([...changed]),
    );
  return result;
}

/**
 * Runs work that writes to a tenant's resources in its own database, under the tenant's lock there; and if it finds that
 * other databases are concerned, again from the start, in all of them. So what concerns one alone, which is nearly
 * everything, waits for no other.
 */
export async function storing<Result>(
  databases: Databases,
  tenant: string,
  work: (context: WriteContext) => Promise<Result>,
): Promise<Result> {
  try {
    return await inTransaction(databases.own, async (own) => {
      await lockTenant(own, tenant);
      return work({
        own,
        all: [own],
        others: databases.all.filter((pool) => pool !== databases.own),
        changed: new Set(),
        isComplete: false,
      });
    });
  } catch (error) {
    if (!(error instanceof NeedsAll)) throw error;
    return inEach(databases, tenant, work);
  }
}
