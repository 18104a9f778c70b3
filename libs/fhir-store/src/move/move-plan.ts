/** Moves a plan from one database of a service to another, while it is read (docs/adr/0112-let-each-database-say-where-a-plan-is.md). */
import { deleteTenantRows, tablesOfTenants } from '@patient-access/database';

import { type PlanPools, whereabouts } from '../databases/plan-pools.ts';
import { FIRST_DATABASE } from '../databases/setting.ts';
import { bothKeepIt } from '../databases/whereabouts.ts';
import type { ImportSource } from '../ingest/ingest-event.ts';
import { copyPlan, type Walk } from './copy-plan.ts';
import {
  beginCopy,
  type NamedPool,
  pauseWrites,
  pointAt,
  refuseIfHere,
  resumeWrites,
  switchTo,
} from './plan-database.ts';

/** What the move does now. While it is `paused`, nothing is written to the plan. */
export type MoveProgress =
  | ({ step: 'copy' | 'paused' } & Walk)
  | { step: 'moved'; from: string; to: string; pausedMs: number }
  | { step: 'deleted'; database: string; rows: number };

/** The last walk of the copy before the switch has to find no difference. One before it brings the copy up to date. */
const MOST_WALKS = 3;

interface Move {
  pools: PlanPools;
  plan: string;
  /** the plan, and what it publishes */
  tenants: readonly string[];
  /** the events in the plan's trail name it */
  source: ImportSource;
}

/** @returns what was compared in the walk that found both equal */
async function* proveEqual(
  from: NamedPool,
  to: NamedPool,
  tenants: readonly string[],
): AsyncGenerator<MoveProgress, number> {
  for (let walks = 0; walks < MOST_WALKS; walks += 1) {
    let last: Walk = { rows: 0, parts: 0 };
    for await (const walk of copyPlan({ from: from.pool, to: to.pool }, tenants)) {
      yield { step: 'paused', ...walk };
      last = walk;
    }
    if (last.parts === 0) return last.rows;
  }
  throw new Error('the copy does not become equal although nothing is written: nothing was changed');
}

/** Nothing is written meanwhile. Whatever goes wrong before the switch lets the writers go on where they were. */
async function* switchPaused(
  { plan, tenants, source }: Move,
  from: NamedPool,
  to: NamedPool,
): AsyncGenerator<MoveProgress> {
  const since = performance.now();
  await pauseWrites(from.pool, tenants, plan);
  let isOver = false;
  try {
    const rows = yield* proveEqual(from, to, tenants);
    isOver = true;
    await switchTo(from, to, plan, { source, counts: { rows } });
  } finally {
    if (!isOver) await resumeWrites(from.pool, plan);
  }
  yield { step: 'moved', from: from.name, to: to.name, pausedMs: Math.round(performance.now() - since) };
}

/** Deletes what the other databases still have of the plan. What was begun goes on after a stop. */
async function* deleteElsewhere({ pools, plan, tenants }: Move, at: string): AsyncGenerator<MoveProgress> {
  for (const name of pools.names) {
    if (name === at) continue;
    const pool = await pools.open(name);
    // A database that says nothing never had anything of the plan.
    if (!(await whereabouts(pool, plan))) continue;
    await pointAt(pool, plan, at);
    let rows = 0;
    for (const table of await tablesOfTenants(pool))
      for (const tenant of tenants)
        if (table !== 'deleted_plan')
          rows += await deleteTenantRows(pool, table, tenant, {
            onBegin: (client) => refuseIfHere(client, tenant),
          });
    yield { step: 'deleted', database: name, rows };
  }
}

/** Of two databases that have the plan the newer one must not be overwritten, and nobody here knows which that is. */
async function refuseIfDisputed(from: NamedPool, to: NamedPool, plan: string): Promise<void> {
  if (from.name === to.name) return;
  const [here, there] = [await whereabouts(from.pool, plan), await whereabouts(to.pool, plan)];
  if (there && bothKeepIt(here, there))
    throw new Error(
      `"${from.name}" and "${to.name}" both say that they have ${plan}: one came from a backup. Say which is right with --is-there`,
    );
}

/**
 * Lets all databases point at the one that has the plan, and deletes what the others have of it: after a restore from a backup that
 * is older than the move.
 *
 * @throws Error when that database does not say that it has the plan
 */
export async function* planIsAt(move: Move, name: string): AsyncGenerator<MoveProgress> {
  const pool = await move.pools.open(name);
  const said = await whereabouts(pool, move.plan);
  if (said?.moved_to !== null) throw new Error(`"${name}" does not say that it has ${move.plan}`);
  await resumeWrites(pool, move.plan);
  const first = await move.pools.open(FIRST_DATABASE);
  if (name !== FIRST_DATABASE) await pointAt(first, move.plan, name);
  yield* deleteElsewhere(move, name);
}

/**
 * Moves a plan to the database of a name. Reads go on; writes are refused for the last step alone. Stopped or killed at any
 * moment, the same call goes on. A call for the database that has the plan already ends a move that is not wanted any more:
 * it lets the plan be written again, and deletes what was copied.
 *
 * @param to the name of a database in the settings
 * @returns what is done now
 * @throws Error when it cannot be done; before the switch nothing has changed then
 */
export async function* movePlan(move: Move, to: string): AsyncGenerator<MoveProgress> {
  const { pools, plan, tenants, source } = move;
  const target: NamedPool = { name: to, pool: await pools.open(to) };
  const from: NamedPool = await pools.of(plan);
  await refuseIfDisputed(from, target, plan);
  if (from.name === to) {
    if (await whereabouts(from.pool, plan)) await resumeWrites(from.pool, plan);
  } else {
    await beginCopy(from, target, plan, source);
    for await (const walk of copyPlan({ from: from.pool, to: target.pool }, tenants))
      yield { step: 'copy', ...walk };
    yield* switchPaused(move, from, target);
  }
  yield* deleteElsewhere(move, to);
}
