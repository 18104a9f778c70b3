/**
 * A complete load of a type: what is stored and did not come goes (docs/adr/0080-keep-a-deletion-as-the-last-version.md).
 * However much is stored, only some of it is in memory at a time, and other writers wait for one step at most.
 */
import { inOneView, inTransaction, type Pool } from '@patient-access/database';
import type { Target } from '@patient-access/fhir';
import { AS_TENANT } from '../sql/as-tenant.ts';
import { retainedOf } from './retained.ts';

const OF_TYPE = 'SELECT r.id FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.form = 0';
/** Deletions of one transaction. Nobody else writes for the plan while it runs. */
const STEP = 200;

/** What a complete load of a type found. */
export interface CompleteLoad {
  type: string;
  /** resources of the type before anything was deleted */
  stored: number;
  /** those that the load did not have */
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
  /** compares what is stored with what came; the ids come in batches */
  compare(stored: AsyncIterable<readonly string[]>): Promise<Missing>;
}

async function* storedIds(pool: Pool, tenant: string, type: string): AsyncGenerator<string[]> {
  const statements = [{ text: OF_TYPE, values: [tenant, type] }];
  const all = inOneView<{ id: string }>(pool, statements, (client) => client.query(AS_TENANT, [tenant]));
  for await (const { rows } of all) yield rows.map(({ id }) => id);
}

/** @returns how many do not have to stay; undefined: they are more than may go, and the rest was not looked at */
async function countGoing(
  batches: AsyncIterable<readonly Target[]>,
  most: number,
  retained: (targets: readonly Target[]) => Promise<number>,
): Promise<number | undefined> {
  let going = 0;
  for await (const targets of batches) {
    going += targets.length - (await retained(targets));
    if (going > most) return undefined;
  }
  return going;
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
  { type, atMost, compare, deletesRetained }: OthersToDelete & { deletesRetained: boolean },
  deleteStep: (targets: readonly Target[]) => Promise<number>,
): Promise<CompleteLoad> {
  const { stored, missing, batches } = await compare(storedIds(pool, tenant, type));
  const found = { type, stored, missing };
  async function* targets(): AsyncGenerator<Target[]> {
    for await (const ids of batches(STEP)) yield ids.map((id) => ({ type, id }));
  }
  // What has to stay is missing in each load, so it says nothing of whether this one is whole.
  const retained = async (some: readonly Target[]) => {
    if (deletesRetained) return 0;
    return inTransaction(pool, async (client) => {
      await client.query(AS_TENANT, [tenant]);
      return (await retainedOf(client, tenant, some)).size;
    });
  };
  const going = await countGoing(targets(), atMost * stored, retained);
  if (going === undefined) return { ...found, deleted: 0, retained: 0 };
  let deleted = 0;
  for await (const some of targets()) deleted += await deleteStep(some);
  return { ...found, deleted, retained: missing - going };
}
