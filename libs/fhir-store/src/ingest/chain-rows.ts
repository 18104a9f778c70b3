/**
 * Reads and writes the chain of a resource: all its versions and forms. Only resources that some callers may not see
 * need one.
 */
import { type Definition, parseResource, type Resource, sensitivityLabels } from '@patient-access/fhir';
import type pg from 'pg';
import { type Chain, contentOfVersion, EMPTY_CHAIN, isWhole, type Leaf } from './chain.ts';
import { insertRows } from './insert-rows.ts';
import { storedForm } from './stored-form.ts';
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
  const { versionId, body } = storedForm(resource, lastUpdated);
  const labels = sensitivityLabels(resource);
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
function currentRows(tenant: string, { member, chain: { current }, hash, checkedBy }: Saved): unknown[][] {
  const whole = current.findIndex(isWhole);
  return [...numbered(current)].map(([leaf, form], at) => [
    ...rowOf(tenant, member, leaf, form),
    form === 0 ? hash : NO_HASH,
    leaf.deleted ?? (at === whole && checkedBy ? checkedBy : null),
  ]);
}

function earlierRows(tenant: string, { member, definition, chain }: Saved): unknown[][] {
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

function rowsOf(tenant: string, saved: Saved): ChainRows {
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
  chains: readonly Saved[],
): Promise<void> {
  const rows = chains.map((saved) => rowsOf(tenant, saved));
  const of = (table: keyof ChainRows) => rows.flatMap((each) => each[table]);
  await insertRows(client, 'resource', STORED_COLUMNS, of('resource'));
  await insertRows(client, 'deleted_resource', DELETED_COLUMNS, of('deleted'));
  await insertRows(client, 'resource_history', HISTORY_COLUMNS, of('history'));
  await insertValues(client, of('values'));
}

/** Replaces everything that is stored of the resource by this chain. */
export async function saveChain(client: pg.PoolClient, tenant: string, saved: Saved): Promise<void> {
  const [first] = saved.chain.current;
  if (!first) return;
  const { resourceType: type, id } = first.resource;
  for (const table of ['search_value', 'resource', 'deleted_resource', 'resource_history'] as const)
    await deleteRowsOf(client, table, tenant, [{ member: saved.member, type, id }]);
  await saveNewChains(client, tenant, [saved]);
}
