/**
 * Reads and writes the chain of a resource: all its versions and forms. Only resources that some callers may not see
 * need one.
 */
import { type Definition, parseResource, type Resource, sensitivityLabels } from '@patient-access/fhir';
import type pg from 'pg';
import { type Chain, contentOfVersion, EMPTY_CHAIN, isWhole, type Leaf } from './chain.ts';
import { insertRows } from './insert-rows.ts';
import { storedBody, versionIdOf } from './stored-form.ts';
import { audienceColumn, sortKeysOf, valueRows } from './value-rows.ts';
import { deleteRowsOf, insertValues, RESOURCE_COLUMNS, STORED_COLUMNS, type StoredKey } from './versions.ts';

const HISTORY_COLUMNS = [
  ...RESOURCE_COLUMNS.filter((column) => column !== 'hash'),
  'replaced',
  'sort_keys',
  'deleted',
];
const DELETED_COLUMNS = [...RESOURCE_COLUMNS, 'deleted'];

interface Row {
  version: number;
  last_updated: Date;
  audience: string[] | null;
  labelled: string[];
  body: string;
  deleted: Date | null;
}

const COLUMNS = 'version, last_updated, audience, labelled, body';
const OF_RESOURCE = 'WHERE tenant = $1 AND member = $2 AND type = $3 AND id = $4';
const CURRENT = `
  SELECT ${COLUMNS}, form, hash, checked_by, NULL::timestamptz AS deleted FROM resource ${OF_RESOURCE}
  UNION ALL SELECT ${COLUMNS}, form, hash, NULL, deleted FROM deleted_resource ${OF_RESOURCE}`;
const EARLIER = `SELECT ${COLUMNS}, replaced, deleted FROM resource_history ${OF_RESOURCE}`;

/**
 * A chain, with the hash of the current whole version as it was imported, and by which rules it was checked. The hash is
 * absent when nothing is stored.
 */
export interface StoredChain {
  chain: Chain;
  hash?: Buffer;
  checkedBy?: Buffer | undefined;
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

export async function loadChain(
  client: pg.PoolClient,
  tenant: string,
  { member, type, id }: StoredKey,
): Promise<StoredChain> {
  const key = [tenant, member, type, id];
  const current = await client.query<Row & { form: number; hash: Buffer; checked_by: Buffer | null }>(
    CURRENT,
    key,
  );
  if (current.rows.length === 0) return { chain: EMPTY_CHAIN };
  const earlier = await client.query<Row & { replaced: Date }>(EARLIER, key);
  const { hash, checked_by } = current.rows.find(({ form }) => form === 0) ?? {};
  return {
    chain: {
      current: current.rows.map(leafOf),
      earlier: earlier.rows.map((row) => ({ ...leafOf(row), replaced: row.replaced.toISOString() })),
    },
    ...(hash && { hash }),
    ...(checked_by && { checkedBy: checked_by }),
  };
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
  const versionId = versionIdOf(resource, lastUpdated);
  const labels = sensitivityLabels(resource);
  const body = storedBody(resource, versionId, lastUpdated);
  const key = [tenant, member, type, id, form, version, versionId, lastUpdated];
  return [...key, audienceColumn(audience), labels, labelled, body];
}

interface Saved {
  member: string;
  definition: Definition;
  chain: Chain;
  /** SHA-256 of the content of the current whole version, as it was imported */
  hash: Buffer;
  /** hash of the rules by which that content was checked */
  checkedBy?: Buffer | undefined;
}

/** Replaces everything that is stored of the resource by this chain. */
export async function saveChain(
  client: pg.PoolClient,
  tenant: string,
  { member, definition, chain, hash, checkedBy }: Saved,
): Promise<void> {
  const [first] = chain.current;
  if (!first) return;
  const { resourceType: type, id } = first.resource;
  for (const table of ['search_value', 'resource', 'deleted_resource', 'resource_history'] as const)
    await deleteRowsOf(client, table, tenant, [{ member, type, id }]);
  const current = [...numbered(chain.current)].map(([leaf, form]) => [
    ...rowOf(tenant, member, leaf, form),
    form === 0 ? hash : NO_HASH,
  ]);
  const whole = chain.current.findIndex(isWhole);
  // All forms of a resource are deleted together.
  const { deleted } = first;
  if (deleted === undefined) {
    const rows = current.map((row, at) => [...row, at === whole && checkedBy ? checkedBy : null]);
    await insertRows(client, 'resource', STORED_COLUMNS, rows);
  } else {
    const rows = current.map((row) => [...row, deleted]);
    await insertRows(client, 'deleted_resource', DELETED_COLUMNS, rows);
  }
  const earlier = [...Map.groupBy(chain.earlier, ({ version }) => version).values()].flatMap((leaves) => {
    const forms = numbered(leaves);
    return leaves.map((leaf) => [
      ...rowOf(tenant, member, leaf, forms.get(leaf) ?? 0),
      leaf.replaced,
      JSON.stringify(sortKeysOf(tenant, definition, leaf.resource)),
      leaf.deleted ?? null,
    ]);
  });
  await insertRows(client, 'resource_history', HISTORY_COLUMNS, earlier);
  const values = (deleted === undefined ? chain.current : []).flatMap(({ resource, audience }) =>
    valueRows(tenant, member, definition, resource, audience),
  );
  await insertValues(client, values);
}
