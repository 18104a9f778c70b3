/**
 * A complete load of a type: what is stored and did not come goes (docs/adr/0080-keep-a-deletion-as-the-last-version.md).
 * However much is stored, only some of it is in memory at a time, and other writers wait for one step at most.
 */
import { inOneView, type Pool } from '@patient-access/database';
import { MEMBER_TYPE, type Target } from '@patient-access/fhir';
import type { Deletion } from './deletions.ts';
import { AS_TENANT, asTenant } from '../../sql/as-tenant.ts';
import { keyOfTarget } from '../rows/key-columns.ts';
import { retainedOf } from './retained.ts';

/** A Patient who was replaced says by whom, for apps that keep her id. The plan's files may not know her any more (ADR 93). */
const OF_TYPE = `
  SELECT r.id, r.last_updated >= $3 AS "isLater" FROM resource r
   WHERE r.tenant = $1 AND r.type = $2 AND r.form = 0
     AND NOT (r.type = '${MEMBER_TYPE}'
              AND EXISTS (SELECT FROM replaced_person p WHERE p.tenant = $1 AND p.member = r.id))`;
/** Deletions of one transaction. Nobody else writes for the plan while it runs. */
const STEP = 200;
/** That of the machine that imports may be another one. */
const CLOCK = 'SELECT clock_timestamp() AS now';

/** What a complete load of a type found. */
export interface CompleteLoad {
  type: string;
  /** resources of the type before anything was deleted */
  stored: number;
  /** those that the load did not have, without what another one changed or deleted before this one could delete it */
  missing: number;
  /** none, where too many were missing */
  deleted: number;
  /** missing ones that have to stay for a time */
  retained: number;
}

/** What is stored of a type, and did not come. */
export interface Missing {
  stored: number;
  missing: number;
  /** the ids of what is missing, in batches of a size at most; it can be called again */
  batches(size: number): AsyncIterable<readonly string[]>;
}

/** A type of which everything has come, and what may go. */
export interface OthersToDelete {
  type: string;
  /** the part of what is stored that may go, from 0 to 1 */
  atMost: number;
  /** when the load began, by the clock of the database: what another one has stored since can be missing in its files */
  began: Date;
  /** when its files were written, ISO 8601: until then was deleted what is missing; absent: now */
  at?: string | undefined;
  /** compares what is stored with what came; the ids come in batches */
  compare(stored: AsyncIterable<readonly string[]>): Promise<Missing>;
}

/** @returns what time it is where the resources are stored */
export async function clockOf(pool: Pool): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>(CLOCK);
  return (rows[0] as { now: Date }).now;
}

/** @param onLater called with the number of those that were stored, or changed, since the load began; they are left out */
async function* idsBefore(
  pool: Pool,
  tenant: string,
  { type, began }: OthersToDelete,
  onLater: (count: number) => void,
): AsyncGenerator<string[]> {
  const statements = [{ text: OF_TYPE, values: [tenant, type, began.toISOString()] }];
  const prepare = (client: Pick<Pool, 'query'>) => client.query(AS_TENANT, [tenant]);
  for await (const { rows } of inOneView<{ id: string; isLater: boolean }>(pool, statements, prepare)) {
    const ids = rows.filter(({ isLater }) => !isLater).map(({ id }) => id);
    onLater(rows.length - ids.length);
    yield ids;
  }
}

function withoutRetained(pool: Pool, tenant: string, targets: readonly Target[]): Promise<Target[]> {
  return asTenant(pool, tenant, async (client) => {
    const retained = await retainedOf(client, tenant, targets);
    return targets.filter((target) => !retained.has(keyOfTarget(target)));
  });
}

/** @returns how many targets there are; undefined: they are more than may go, and the rest was not looked at */
async function countUpTo(
  batches: AsyncIterable<readonly Target[]>,
  most: number,
): Promise<number | undefined> {
  let count = 0;
  for await (const targets of batches) {
    count += targets.length;
    if (count > most) return undefined;
  }
  return count;
}

/**
 * Deletes the resources of a type that a complete load did not have, unless too many would go. It decides first, and then
 * deletes in steps. A load that ends in between has deleted whole steps of what may go, and the next one deletes the rest.
 *
 * @param deleteStep deletes resources in one transaction; what has to stay stays. @returns how many it deleted
 */
export async function deleteOthers(
  pool: Pool,
  tenant: string,
  load: OthersToDelete & { deletesRetained: boolean },
  deleteStep: (deletions: readonly Deletion<string>[]) => Promise<number>,
): Promise<CompleteLoad> {
  const { type, atMost, began, at, compare, deletesRetained } = load;
  let later = 0;
  const { stored, missing, batches } = await compare(
    idsBefore(pool, tenant, load, (count) => (later += count)),
  );
  const found = { type, stored: stored + later, missing };
  // What has to stay is missing in each load, so it says nothing of whether this one is whole. It is no refused deletion
  // either: that would take back what the plan has stated of its records.
  async function* going(): AsyncGenerator<readonly Target[]> {
    for await (const ids of batches(STEP)) {
      const targets = ids.map((id) => ({ type, id }));
      const some = deletesRetained ? targets : await withoutRetained(pool, tenant, targets);
      if (some.length > 0) yield some;
    }
  }
  const count = await countUpTo(going(), atMost * found.stored);
  if (count === undefined) return { ...found, deleted: 0, retained: 0 };
  let deleted = 0;
  for await (const some of going())
    deleted += await deleteStep(
      some.map((target) => ({ origin: target.id, deleted: target, at, missingSince: began })),
    );
  const retained = missing - count;
  return { ...found, missing: retained + deleted, deleted, retained };
}
