/** Transactions that write a tenant's resources, either in one database or in all databases of the tenant. */
import { inTransactionOnce, type Pool } from '@patient-access/database';
import type pg from 'pg';
import { type Clients, ConditionalUpdate } from '../rows/update-conditional.ts';
import { joinTenant, lockTenant } from './tenant-lock.ts';
import { NeedsMembers, NeedsTenant, type WriterTurn, TurnOfMembers, WHOLE_TENANT } from './turn.ts';

/** The databases of a tenant's resources, connected as their ingest roles. `own` is one of `all`. */
export interface Databases {
  own: Pool;
  /** in the same order for every process, so that no two wait for each other's locks */
  all: readonly Pool[];
}

/** For a writer whose resources are not referred to from other databases, or who has only one database. */
export const alone = (pool: Pool): Databases => ({ own: pool, all: [pool] });

/** Work in one database throws this when it finds that it needs the other databases. */
export class NeedsAll extends Error {
  override name = 'NeedsAll';
}

export interface WriteContext {
  own: pg.PoolClient;
  /** connections to all databases; only the own one until the work has asked for all */
  all: Clients;
  /** the databases to which `all` has no connection */
  others: readonly Pool[];
  /** members whose conditional resources have changed; '' stands for the plan's reference data */
  changed: Set<string>;
  /** by member, those whose records have come to her */
  cameFrom: Map<string, Set<string>>;
  /** has the work connections to all databases? */
  isComplete: boolean;
  /** whose resources it may write */
  turn: WriterTurn;
}

/** Notes that records of the one person become the other's. What is withheld in them stays so, whosever it is. */
export function noteMove(
  { changed, cameFrom }: Pick<WriteContext, 'changed' | 'cameFrom'>,
  { from, to }: { from: string; to: string },
): void {
  for (const member of [from, to]) changed.add(member);
  cameFrom.set(to, (cameFrom.get(to) ?? new Set<string>()).add(from));
}

/** How a writer begins in a database, and whose resources it may write then. */
interface Beginning {
  begin: (client: pg.PoolClient, tenant: string) => Promise<void>;
  turn: WriterTurn;
  /** of the members that it names as changed, everything that names something conditional is formed anew */
  formsAnew?: true;
}

const ALONE: Beginning = { begin: lockTenant, turn: WHOLE_TENANT };
const beside = (turn: WriterTurn): Beginning => ({ begin: joinTenant, turn });

/** Runs `work` inside a transaction of each database. The transactions are nested, and the outermost commits last. */
function inAll<Result>(
  pools: readonly Pool[],
  tenant: string,
  { begin }: Pick<Beginning, 'begin'>,
  work: (clients: ReadonlyMap<Pool, pg.PoolClient>) => Promise<Result>,
  clients: ReadonlyMap<Pool, pg.PoolClient> = new Map(),
): Promise<Result> {
  const [pool, ...others] = pools;
  if (!pool) return work(clients);
  return inTransactionOnce(pool, async (client) => {
    await begin(client, tenant);
    return inAll(others, tenant, { begin }, work, new Map([...clients, [pool, client]]));
  });
}

/**
 * Runs `work` in all databases, and then both steps of {@link ConditionalUpdate} for every member whose conditional resources
 * changed. All databases are begun, and members locked in them, in the same order by every writer, before anything is
 * written: no two wait for each other across databases, which no database would notice.
 */
async function inEach<Result>(
  { own, all }: Databases,
  tenant: string,
  beginning: Beginning,
  work: (context: WriteContext) => Promise<Result>,
): Promise<Result> {
  const { turn } = beginning;
  const changed = new Set<string>();
  const cameFrom: WriteContext['cameFrom'] = new Map();
  let leavesToOpen = false;
  const inOrder = (clients: ReadonlyMap<Pool, pg.PoolClient>) =>
    all.map((pool) => clients.get(pool) as pg.PoolClient);
  const result = await inAll(all, tenant, beginning, async (clients) => {
    const context = {
      own: clients.get(own) as pg.PoolClient,
      all: inOrder(clients),
      others: [],
      changed,
      cameFrom,
      isComplete: true,
      turn,
    };
    const done = await work(context);
    const { formsAnew } = beginning;
    const hiding = new ConditionalUpdate(context.all, tenant, 'hide', { formsAnew, cameFrom });
    await hiding.run([...changed]);
    leavesToOpen = hiding.leavesToOpen;
    return done;
  });
  if (leavesToOpen)
    await inAll(all, tenant, beginning, async (clients) => {
      await turn.take(inOrder(clients), tenant, [...changed]);
      await new ConditionalUpdate(inOrder(clients), tenant, 'open').run([...changed]);
    });
  return result;
}

/** Runs `work` in the tenant's own database alone. */
function inOwn<Result>(
  { own: pool, all }: Databases,
  tenant: string,
  { begin, turn }: Beginning,
  work: (context: WriteContext) => Promise<Result>,
): Promise<Result> {
  return inTransactionOnce(pool, async (own) => {
    await begin(own, tenant);
    const others = all.filter((other) => other !== pool);
    const nothing = { changed: new Set<string>(), cameFrom: new Map<string, Set<string>>() };
    return work({ own, all: [own], others, ...nothing, isComplete: false, turn });
  });
}

/**
 * Runs work that writes a tenant's resources, in its own database, while nobody else writes there. If the work finds
 * that other databases are concerned, it runs again from the start in all of them. Nearly all writes concern one
 * database alone, so they wait for no other.
 */
export async function storing<Result>(
  databases: Databases,
  tenant: string,
  work: (context: WriteContext) => Promise<Result>,
): Promise<Result> {
  try {
    return await inOwn(databases, tenant, ALONE, work);
  } catch (error) {
    if (!(error instanceof NeedsAll)) throw error;
    return inEach(databases, tenant, ALONE, work);
  }
}

/** Forms anew, in all databases, what names something of this member or of the plan that not everybody sees. */
export const formAgain = (databases: Databases, tenant: string, member: string): Promise<void> =>
  inEach(databases, tenant, { ...ALONE, formsAnew: true }, async ({ changed }) => void changed.add(member));

/**
 * Two writers brought the same id for two members (23505), or waited for each other because of such ids (40P01). One of
 * them has won, and the other has to see what it stored.
 */
const isRace = (error: unknown): boolean =>
  ['23505', '40P01'].includes(String((error as { code?: unknown }).code));

/**
 * How often work is tried beside others. One run finds the members to whom references lead, another those to whom the resources
 * belonged before, a third that all databases are concerned; the fourth does the work.
 */
const RUNS_BESIDE_OTHERS = 4;

/**
 * As {@link storing}, but beside other writers: only those wait who write what belongs to the same members. Work that
 * cannot be done so runs again from the start while nobody else writes.
 */
export async function storingBesideOthers<Result>(
  databases: Databases,
  tenant: string,
  work: (context: WriteContext) => Promise<Result>,
): Promise<Result> {
  const also: string[] = [];
  let run: typeof inOwn | typeof inEach = inOwn;
  for (let runs = 0; runs < RUNS_BESIDE_OTHERS; runs += 1) {
    try {
      return await run(databases, tenant, beside(new TurnOfMembers(also)), work);
    } catch (error) {
      if (error instanceof NeedsMembers) also.push(...error.members);
      else if (error instanceof NeedsAll) run = inEach;
      else if (error instanceof NeedsTenant || isRace(error)) break;
      else throw error;
    }
  }
  return run === inEach ? inEach(databases, tenant, ALONE, work) : storing(databases, tenant, work);
}
