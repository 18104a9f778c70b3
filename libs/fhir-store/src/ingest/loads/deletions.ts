/**
 * Resources that the plan deleted (docs/adr/0080-keep-a-deletion-as-the-last-version.md): how they go, and when they may come
 * back.
 */
import { definitions, type Resource, type Target } from '@patient-access/fhir';
import type pg from 'pg';
import { isWhole, nextVersion } from '../rows/chain.ts';
import { loadChain, saveChain } from '../rows/chain-rows.ts';
import { keyColumns, keyOfTarget, targetColumns } from '../rows/key-columns.ts';
import { deleteChecks } from '../profile-checks.ts';
import { retainedOf } from './retained.ts';
import type { WriteContext } from '../turns/storing.ts';
import { forgetAwaited } from '../targets.ts';
import { nextInstant, type StoredKey } from '../rows/versions.ts';
import type { Replaced } from '../rows/write.ts';

/** A resource that the sender has deleted. */
export interface Deletion<Origin> {
  origin: Origin;
  deleted: Target;
  /** when the sender deleted it, ISO 8601; absent: now */
  at?: string | undefined;
  /** when the load began in which it is missing: what was changed since stays; absent: the sender names what is gone */
  missingSince?: Date | undefined;
}

interface Rejected<Origin> {
  origin: Origin;
  type: string;
  status: 'rejected';
  reason: string;
}

type DeletionResult<Origin> =
  | Rejected<Origin>
  | { origin: Origin; type: string; status: 'deleted' }
  | { origin: Origin; type: string; status: 'unchanged'; cleaned: false };

/** The last deletion of a resource. */
interface Tombstone extends Replaced {
  version: number;
  hash: Buffer;
  deleted: Date;
}

const KEYS = 'unnest($2::text[], $3::text[]) AS k (type, id)';
const STORED = `
  SELECT r.member, r.type, r.id, r.last_updated AS changed FROM resource r JOIN ${KEYS} ON r.type = k.type AND r.id = k.id
   WHERE r.tenant = $1 AND r.form = 0`;
/** A resource may have been deleted as one member's and later as another's. The last deletion counts. */
const TOMBSTONES = `
  SELECT DISTINCT ON (d.type, d.id) d.member, d.type, d.id, d.version, d.audience, d.hash, d.deleted, true AS "isDeleted"
    FROM deleted_resource d JOIN ${KEYS} ON d.type = k.type AND d.id = k.id
   WHERE d.tenant = $1 AND d.form = 0 ORDER BY d.type, d.id, d.deleted DESC`;
/** Deletions after which the resource, which is stored, came back: to the same member, or as another one's. */
const UNDONE = `
  SELECT u.type, u.id, max(u.deleted) AS deleted
    FROM (SELECT h.type, h.id, h.deleted
            FROM resource_history h JOIN unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
              ON h.type = k.type AND h.id = k.id AND h.member = k.member
           WHERE h.tenant = $1 AND h.deleted IS NOT NULL
          UNION ALL
          SELECT d.type, d.id, d.deleted FROM deleted_resource d JOIN ${KEYS} ON d.type = k.type AND d.id = k.id
           WHERE d.tenant = $1) u
   GROUP BY u.type, u.id`;

/** Finds the last deletion of each resource, by `Type/id`. It may be stored again. */
async function tombstonesOf(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly Target[],
): Promise<Map<string, Tombstone>> {
  const { rows } = await client.query<Tombstone>(TOMBSTONES, [tenant, ...targetColumns(keys)]);
  return new Map(rows.map((row) => [keyOfTarget(row), row]));
}

/** Only what its sender changed after the deletion brings a resource back. An older file that still has it does not. */
function comesBack({ meta }: Resource, { deleted }: Pick<Tombstone, 'deleted'>): boolean {
  const changed = Date.parse(String(meta?.lastUpdated));
  return changed > deleted.getTime();
}

/**
 * Takes resources out that were deleted.
 *
 * @param prepared what has come, by `Type/id`
 * @returns what was taken out, and the deletions of those that come back, by `Type/id`
 */
export async function refuseDeleted<Origin>(
  client: pg.PoolClient,
  tenant: string,
  prepared: Map<string, { origin: Origin; resource: Resource }>,
): Promise<{ former: Map<string, Tombstone>; rejected: Rejected<Origin>[] }> {
  const targets = [...prepared.values()].map(({ resource: { resourceType: type, id } }) => ({ type, id }));
  const former = await tombstonesOf(client, tenant, targets);
  if (former.size === 0) return { former, rejected: [] };
  const { rows } = await client.query<StoredKey>(STORED, [tenant, ...targetColumns([...former.values()])]);
  // These have come back already, perhaps as another member's.
  for (const row of rows) former.delete(keyOfTarget(row));
  const rejected: Rejected<Origin>[] = [];
  for (const [key, tombstone] of former) {
    const item = prepared.get(key);
    if (!item || comesBack(item.resource, tombstone)) continue;
    former.delete(key);
    prepared.delete(key);
    const reason = `deleted by the plan at ${tombstone.deleted.toISOString()}, and not changed since (meta.lastUpdated)`;
    rejected.push({ origin: item.origin, type: tombstone.type, status: 'rejected', reason });
  }
  return { former, rejected };
}

/** Makes the deletion the last version of a resource, in each of its forms. */
async function bury(
  client: pg.PoolClient,
  tenant: string,
  { key, at, now }: { key: StoredKey; at: string; now: string },
): Promise<void> {
  const definition = definitions.get(key.type);
  const { chain, hash } = await loadChain(client, tenant, key);
  const last = chain.current.find(isWhole);
  if (!definition || !hash || !last) return;
  const coming = { version: last.version + 1, lastUpdated: now, labelled: last.labelled, deleted: at };
  const next = nextVersion(chain, chain.current, coming);
  await saveChain(client, tenant, { member: key.member, definition, chain: next, hash });
}

/** Did the resource come back after this deletion? Then a file with the deletion is read again, and nothing is to do. */
const isUndone = ({ at }: Deletion<unknown>, undone: Date | undefined) =>
  at !== undefined && undone !== undefined && Date.parse(at) <= undone.getTime();

/** Did another one change it after the load began, and perhaps after what is missing was found? */
const isLater = ({ missingSince }: Deletion<unknown>, { changed }: StoredNow) =>
  missingSince !== undefined && changed >= missingSince;

interface StoredNow extends StoredKey {
  changed: Date;
}

/** What a deletion depends on, by `Type/id`. */
interface Before {
  stored: ReadonlyMap<string, StoredNow>;
  /** also what was deleted before */
  known: ReadonlySet<string>;
  undoneAt: ReadonlyMap<string, Date>;
  /** why it stays */
  retained: ReadonlyMap<string, string>;
}

/** @returns the resource that has to go, or the result where nothing is to do */
function keyOrResult<Origin>(
  deletion: Deletion<Origin>,
  { stored, known, undoneAt, retained }: Before,
): StoredNow | DeletionResult<Origin> {
  const { origin, deleted: target } = deletion;
  const [{ type }, name] = [target, keyOfTarget(target)];
  const [key, because] = [stored.get(name), retained.get(name)];
  if (!known.has(name))
    return { origin, type, status: 'rejected', reason: 'nothing to delete: it is not stored' };
  if (!key || isLater(deletion, key) || isUndone(deletion, undoneAt.get(name)))
    return { origin, type, status: 'unchanged', cleaned: false };
  if (because !== undefined) return { origin, type, status: 'rejected', reason: `not deleted: ${because}` };
  return key;
}

/**
 * Deletes resources, in the transaction of the context. What has to stay for a time stays, unless `deletesRetained` says
 * that it goes too.
 *
 * @returns one result for each deletion
 */
export async function deleteResources<Origin>(
  { own }: WriteContext,
  tenant: string,
  { deletions, deletesRetained }: { deletions: readonly Deletion<Origin>[]; deletesRetained: boolean },
): Promise<DeletionResult<Origin>[]> {
  if (deletions.length === 0) return [];
  const targets = deletions.map(({ deleted }) => deleted);
  const { rows } = await own.query<StoredNow>(STORED, [tenant, ...targetColumns(targets)]);
  const stored = new Map(rows.map((row) => [keyOfTarget(row), row]));
  const known = new Set([...stored.keys(), ...(await tombstonesOf(own, tenant, targets)).keys()]);
  const members = rows.map(({ member }) => member);
  const undone = await own.query<Target & { deleted: Date }>(UNDONE, [tenant, ...keyColumns(rows)]);
  const undoneAt = new Map(undone.rows.map((row) => [keyOfTarget(row), row.deleted]));
  const retained = deletesRetained ? new Map<string, string>() : await retainedOf(own, tenant, rows);
  const now = rows.length > 0 ? await nextInstant(own, tenant, members) : '';
  const results: DeletionResult<Origin>[] = [];
  const gone: StoredKey[] = [];
  for (const deletion of deletions) {
    const key = keyOrResult(deletion, { stored, known, undoneAt, retained });
    if ('status' in key) {
      results.push(key);
      continue;
    }
    const { origin, at = now } = deletion;
    await bury(own, tenant, { key, at: at < now ? at : now, now });
    results.push({ origin, type: key.type, status: 'deleted' });
    stored.delete(keyOfTarget(key));
    gone.push(key);
  }
  await deleteChecks(own, tenant, gone);
  await forgetAwaited(own, tenant, gone);
  return results;
}
