/** Transactions that write a tenant's resources, either in one database or in all databases of the tenant. */
import {
  commit,
  inOpenTransaction,
  inTransactionOnce,
  isUnavailable,
  type Pool,
} from '@patient-access/database';
import type pg from 'pg';
import { type Clients, ConditionalUpdate } from '../rows/update-conditional.ts';
import { forgetToOpen, isLeftToOpen, membersToOpen, noteToOpen } from './left-to-open.ts';
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

/**
 * Runs `work` inside a transaction of each database. They begin in the order of all writers. The own database commits last: what
 * is written there makes others hide something, and is not new to a run that comes after a stop. So a stop leaves too much
 * hidden, and the next run does all of it again.
 *
 * @param work gets a connection to each database, in their order
 */
async function inNestedTransactions<Result>(
  databases: Databases,
  tenant: string,
  { begin }: Pick<Beginning, 'begin'>,
  work: (clients: Clients) => Promise<Result>,
  clients: Clients = [],
): Promise<Result> {
  const { own, all } = databases;
  const next = all[clients.length];
  if (next)
    return inOpenTransaction(next, async (client) => {
      await begin(client, tenant);
      return inNestedTransactions(databases, tenant, { begin }, work, [...clients, client]);
    });
  const result = await work(clients);
  const isOwn = (client: pg.PoolClient) => client === clients[all.indexOf(own)];
  for (const client of clients.toSorted((one, other) => Number(isOwn(one)) - Number(isOwn(other))))
    await commit(client);
  return result;
}

/**
 * Runs `work` in all databases, and then both steps of {@link ConditionalUpdate} for every member whose conditional resources
 * changed. All databases are begun, and members locked in them, in the same order by every writer, before anything is
 * written: no two wait for each other across databases, which no database would notice.
 */
async function inAll<Result>(
  databases: Databases,
  tenant: string,
  beginning: Beginning,
  work: (context: WriteContext) => Promise<Result>,
): Promise<Result> {
  const { own, all } = databases;
  const { turn } = beginning;
  const changed = new Set<string>();
  const cameFrom: WriteContext['cameFrom'] = new Map();
  let leavesToOpen = false;
  const result = await inNestedTransactions(databases, tenant, beginning, async (clients) => {
    const context = {
      own: clients[all.indexOf(own)] as pg.PoolClient,
      all: clients,
      others: [],
      changed,
      cameFrom,
      isComplete: true,
      turn,
    };
    const done = await work(context);
    const { formsAnew } = beginning;
    const hiding = new ConditionalUpdate(clients, tenant, 'hide', { formsAnew, cameFrom });
    await hiding.run([...changed]);
    leavesToOpen = hiding.leavesToOpen;
    if (leavesToOpen) await noteToOpen(context.own, tenant, [...changed]);
    return done;
  });
  if (leavesToOpen)
    await inNestedTransactions(databases, tenant, beginning, async (clients) => {
      await turn.take(clients, tenant, [...changed]);
      await open(clients, clients[all.indexOf(own)] as pg.PoolClient, tenant, [...changed]);
    });
  return result;
}

/** The second step. The own database, which commits last, forgets then that it is left to do. */
async function open(clients: Clients, own: pg.PoolClient, tenant: string, members: readonly string[]) {
  await new ConditionalUpdate(clients, tenant, 'open').run(members);
  await forgetToOpen(own, tenant, members);
}

/**
 * The second step for one who is noted in the own database. Others go on who write nothing of hers. A writer that was
 * not stopped, and is between its two steps now, may have done it meanwhile.
 */
async function openOne(databases: Databases, tenant: string, member: string): Promise<void> {
  const { own, all } = databases;
  const beginning = member === '' ? ALONE : beside(new TurnOfMembers([]));
  await inNestedTransactions(databases, tenant, beginning, async (clients) => {
    await beginning.turn.take(clients, tenant, [member]);
    const client = clients[all.indexOf(own)] as pg.PoolClient;
    if (await isLeftToOpen(client, tenant, member)) await open(clients, client, tenant, [member]);
  });
}

/**
 * Opens what writers left hidden that were stopped between the two steps. Where this fails for one, it goes on with the next,
 * unless the database can do no work now.
 *
 * @param all the databases of the tenant's resources
 * @throws the first error, at the end
 */
export async function openLeft(all: readonly Pool[], tenant: string): Promise<void> {
  const errors: Error[] = [];
  for (const own of all)
    for (const member of await membersToOpen(own, tenant))
      try {
        await openOne({ own, all }, tenant, member);
      } catch (error) {
        errors.push(error as Error);
        if (isUnavailable(error)) break;
      }
  const [first] = errors;
  if (first) throw first;
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
    return inAll(databases, tenant, ALONE, work);
  }
}

/** Forms anew, in all databases, what names something of this member or of the plan that not everybody sees. */
export const formAgain = (databases: Databases, tenant: string, member: string): Promise<void> =>
  inAll(databases, tenant, { ...ALONE, formsAnew: true }, async ({ changed }) => void changed.add(member));

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

/** What was seen of work before it begins. If it has changed since, the work takes another run, and is as right. */
export interface Foreseen {
  /** whom it concerns, beside those whom it names itself */
  members: readonly string[];
  /** are other databases concerned? */
  needsAll: boolean;
}

/**
 * As {@link storing}, but beside other writers: only those wait who write what belongs to the same members. Work that
 * cannot be done so runs again from the start while nobody else writes.
 */
export async function storingBesideOthers<Result>(
  databases: Databases,
  tenant: string,
  work: (context: WriteContext) => Promise<Result>,
  foreseen: Foreseen = { members: [], needsAll: false },
): Promise<Result> {
  const also = [...foreseen.members];
  let run: typeof inOwn | typeof inAll = foreseen.needsAll ? inAll : inOwn;
  for (let runs = 0; runs < RUNS_BESIDE_OTHERS; runs += 1) {
    try {
      return await run(databases, tenant, beside(new TurnOfMembers(also)), work);
    } catch (error) {
      if (error instanceof NeedsMembers) also.push(...error.members);
      else if (error instanceof NeedsAll) run = inAll;
      else if (error instanceof NeedsTenant || isRace(error)) break;
      else throw error;
    }
  }
  return run === inAll ? inAll(databases, tenant, ALONE, work) : storing(databases, tenant, work);
}
