/**
 * Reads and writes the chain of a resource: all its versions and forms. Only resources that some callers may not see
 * need one.
 */
import {
  type Definition,
  parseResource,
  type Resource,
  sensitivityLabels,
  type Target,
} from '@patient-access/fhir';
import type pg from 'pg';
import { type Chain, contentOfVersion, EMPTY_CHAIN, isWhole, type Leaf } from './chain.ts';
import { insertRows } from './insert-rows.ts';
import { keyColumns, keyOfTarget, targetColumns } from './key-columns.ts';
import { storedForm } from './stored-form.ts';
import { audienceValue, sortKeysOf, valueRows } from './value-rows.ts';
import {
  deleteRowsOf,
  insertResources,
  insertValues,
  type StoredKey,
  VERSION_COLUMN_NAMES,
} from './versions.ts';

const HISTORY_COLUMNS = [...VERSION_COLUMN_NAMES, 'replaced', 'sort_keys', 'deleted'];
const DELETED_COLUMNS = [...VERSION_COLUMN_NAMES, 'hash', 'deleted'];

interface Row extends StoredKey {
  version: number;
  last_updated: Date;
  audience: string[] | null;
  labelled: string[];
  body: string;
  deleted: Date | null;
}

const COLUMNS = 'r.member, r.type, r.id, version, last_updated, audience, labelled, body';
const OF_RESOURCES = `r
    JOIN unnest($3::text[], $4::text[]) AS k (type, id) ON r.type = k.type AND r.id = k.id
   WHERE r.tenant = $1 AND r.member = $2`;
const CURRENT = `
  SELECT ${COLUMNS}, form, hash, checked_by, NULL::timestamptz AS deleted FROM resource ${OF_RESOURCES}
  UNION ALL SELECT ${COLUMNS}, form, hash, NULL, deleted FROM deleted_resource ${OF_RESOURCES}`;
const EARLIER = `SELECT ${COLUMNS}, replaced, deleted FROM resource_history ${OF_RESOURCES}`;
const DELETED = `
  SELECT d.member, d.type, d.id FROM deleted_resource d
    JOIN unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
      ON d.member = k.member AND d.type = k.type AND d.id = k.id
   WHERE d.tenant = $1 AND d.form = 0`;

/**
 * A chain, with the hash of the current whole version as it was imported, and the mark of its check. The hash is absent when
 * nothing is stored.
 */
export interface StoredChain {
  chain: Chain;
  hash?: Buffer;
  checkedBy?: Buffer | undefined;
}

interface CurrentRow extends Row {
  form: number;
  hash: Buffer;
  checked_by: Buffer | null;
}

interface EarlierRow extends Row {
  replaced: Date;
}

function leafOf({ version, last_updated, audience, labelled, body, deleted: at }: Row): Leaf {
  const stored = parseResource(body) as Resource;
  const { versionId: _version, lastUpdated: _updated, ...meta } = stored.meta ?? {};
  // The stored form of a resource always has a meta, because the store writes into it.
  const resource = { ...stored, meta };
  const deleted = at ? { deleted: at.toISOString() } : {};
  return {
    ...deleted,
    version,
    lastUpdated: last_updated.toISOString(),
    audience: audience ?? [],
    labelled,
    resource,
    content: contentOfVersion({ resource, ...deleted }),
  };
}

/** @param current rows of one resource, at least one */
function chainOf(
  current: [CurrentRow, ...CurrentRow[]],
  earlier: readonly EarlierRow[],
): StoredKey & StoredChain {
  const [{ member, type, id }] = current;
  const { hash, checked_by } = current.find(({ form }) => form === 0) ?? {};
  const chain = {
    current: current.map(leafOf),
    earlier: earlier.map((row) => ({ ...leafOf(row), replaced: row.replaced.toISOString() })),
  };
  const said = { ...(hash && { hash }), ...(checked_by && { checkedBy: checked_by }) };
  return { member, type, id, chain, ...said };
}

/** @param targets resources of this member, each once @returns those of which something is stored, in no order */
export async function loadChains(
  client: pg.PoolClient,
  tenant: string,
  { member, targets }: { member: string; targets: readonly Pick<Target, 'type' | 'id'>[] },
): Promise<(StoredKey & StoredChain)[]> {
  const values = [tenant, member, ...targetColumns(targets)];
  const current = await client.query<CurrentRow>(CURRENT, values);
  if (current.rows.length === 0) return [];
  const earlier = await client.query<EarlierRow>(EARLIER, values);
  const earlierOf = Map.groupBy(earlier.rows, keyOfTarget);
  return [...Map.groupBy(current.rows, keyOfTarget)].map(([key, rows]) =>
    chainOf(rows as [CurrentRow], earlierOf.get(key) ?? []),
  );
}

/** The chain of one resource. */
export async function loadChain(
  client: pg.PoolClient,
  tenant: string,
  { member, ...target }: StoredKey,
): Promise<StoredChain> {
  const [stored] = await loadChains(client, tenant, { member, targets: [target] });
  return stored ?? { chain: EMPTY_CHAIN };
}

/** @returns those of these members' resources whose deletion is stored under the same member */
export async function deletedOf(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
): Promise<StoredKey[]> {
  if (keys.length === 0) return [];
  return (await client.query<StoredKey>(DELETED, [tenant, ...keyColumns(keys)])).rows;
}

/** The whole form has number 0. The other numbers only have to differ from each other. */
function numbered(leaves: readonly Leaf[]): Map<Leaf, number> {
  let last = 0;
  return new Map(leaves.map((leaf) => [leaf, isWhole(leaf) ? 0 : (last += 1)]));
}

const NO_HASH = Buffer.alloc(0);

/** The column values of a leaf that both tables have: all columns up to the body. */
function rowOf(tenant: string, member: string, leaf: Leaf, form: number): unknown[] {
  const { version, lastUpdated, audience, labelled, resource } = leaf;
  const { resourceType: type, id } = resource;
  const { versionId, body } = storedForm(resource, lastUpdated);
  const labels = sensitivityLabels(resource);
  const key = [tenant, member, type, id, form, version, versionId, lastUpdated];
  return [...key, audienceValue(audience), labels, labelled, body];
}

export interface SavedChain {
  member: string;
  definition: Definition;
  chain: Chain;
  /** SHA-256 of the content of the current whole version, as it was imported */
  hash: Buffer;
  /** mark of the check of that content (check-mark.ts) */
  checkedBy?: Buffer | undefined;
}

/** The rows of chains, by table. */
interface ChainRows {
  resource: unknown[][];
  deleted: unknown[][];
  history: unknown[][];
  values: unknown[][];
}

/** All forms of a resource are deleted together. */
const isDeleted = ({ current: [first] }: Chain) => first?.deleted !== undefined;

/** The rows of the current version: of a resource that is stored, or of one that was deleted. */
function currentRows(
  tenant: string,
  { member, chain: { current }, hash, checkedBy }: SavedChain,
): unknown[][] {
  const whole = current.findIndex(isWhole);
  return [...numbered(current)].map(([leaf, form], at) => [
    ...rowOf(tenant, member, leaf, form),
    form === 0 ? hash : NO_HASH,
    leaf.deleted ?? (at === whole && checkedBy ? checkedBy : null),
  ]);
}

function earlierRows(tenant: string, { member, definition, chain }: SavedChain): unknown[][] {
  return [...Map.groupBy(chain.earlier, ({ version }) => version).values()].flatMap((leaves) => {
    const forms = numbered(leaves);
    return leaves.map((leaf) => [
      ...rowOf(tenant, member, leaf, forms.get(leaf) ?? 0),
      leaf.replaced,
      JSON.stringify(sortKeysOf(tenant, definition, leaf.resource)),
      leaf.deleted ?? null,
    ]);
  });
}

function rowsOf(tenant: string, saved: SavedChain): ChainRows {
  const { member, definition, chain } = saved;
  const current = currentRows(tenant, saved);
  const history = earlierRows(tenant, saved);
  if (isDeleted(chain)) return { resource: [], deleted: current, history, values: [] };
  const values = chain.current.flatMap(({ resource, audience }) =>
    valueRows(tenant, member, definition, resource, audience),
  );
  return { resource: current, deleted: [], history, values };
}

/** Saves chains of resources of which nothing is stored yet, together. */
export async function saveNewChains(
  client: pg.PoolClient,
  tenant: string,
  chains: readonly SavedChain[],
): Promise<void> {
  const rows = chains.map((saved) => rowsOf(tenant, saved));
  const of = (table: keyof ChainRows) => rows.flatMap((each) => each[table]);
  await insertResources(client, of('resource'));
  await insertRows(client, 'deleted_resource', DELETED_COLUMNS, of('deleted'));
  await insertRows(client, 'resource_history', HISTORY_COLUMNS, of('history'));
  await insertValues(client, of('values'));
}

/** Replaces everything that is stored of the resources by these chains. */
export async function saveChains(
  client: pg.PoolClient,
  tenant: string,
  chains: readonly SavedChain[],
): Promise<void> {
  const keys = chains.flatMap(({ member, chain: { current } }) =>
    current.slice(0, 1).map(({ resource: { resourceType: type, id } }) => ({ member, type, id })),
  );
  if (keys.length === 0) return;
  for (const table of ['search_value', 'resource', 'deleted_resource', 'resource_history'] as const)
    await deleteRowsOf(client, table, tenant, keys);
  await saveNewChains(
    client,
    tenant,
    chains.filter(({ chain: { current } }) => current.length > 0),
  );
}

/** As {@link saveChains}, of one resource. */
export const saveChain = (client: pg.PoolClient, tenant: string, saved: SavedChain): Promise<void> =>
  saveChains(client, tenant, [saved]);
