/** New versions of resources, and what becomes of those that they take the place of. */
import { type Definition, type Resource, sensitivityLabels } from '@patient-access/fhir';
import type pg from 'pg';
import { insertRows } from './insert-rows.ts';
import { storedBody } from './stored-form.ts';
import { searchedBy, VALUE_COLUMNS, valueRows } from './value-rows.ts';

export interface NewVersion {
  definition: Definition;
  /** as it will be served, but for its version */
  resource: Resource;
  /** labels of it that the plan's list gave it */
  labelled: string[];
  member: string;
  version: number;
  /** of the content as it came */
  hash: Buffer;
}

export interface StoredKey {
  member: string;
  type: string;
  id: string;
}

const TO_HISTORY = `
  INSERT INTO resource_history (tenant, member, type, id, version, last_updated, sensitivity, labelled, body)
  SELECT r.tenant, r.member, r.type, r.id, r.version, r.last_updated, r.sensitivity, r.labelled, r.body FROM resource r
    JOIN unnest($2::text[], $3::text[]) AS k (type, id) ON r.type = k.type AND r.id = k.id
   WHERE r.tenant = $1`;
const FORGET = (table: string) => `
  DELETE FROM ${table} t USING unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
   WHERE t.tenant = $1 AND t.member = k.member AND t.type = k.type AND t.id = k.id`;

const RESOURCE_COLUMNS = [
  'tenant',
  'member',
  'type',
  'id',
  'version',
  'last_updated',
  'sensitivity',
  'labelled',
  'body',
  'hash',
];

/** Deletes the rows of these resources from a table that has a row or more for each. */
export async function forget(
  client: pg.PoolClient,
  table: 'resource' | 'search_value' | 'profile_check',
  tenant: string,
  keys: readonly StoredKey[],
): Promise<void> {
  if (keys.length === 0) return;
  const columns = [keys.map(({ type }) => type), keys.map(({ id }) => id), keys.map(({ member }) => member)];
  await client.query(FORGET(table), [tenant, ...columns]);
}

/** Moves current versions into the history, to make room for others. */
export async function archive(
  client: pg.PoolClient,
  tenant: string,
  replaced: readonly StoredKey[],
): Promise<void> {
  if (replaced.length === 0) return;
  await client.query(TO_HISTORY, [tenant, replaced.map(({ type }) => type), replaced.map(({ id }) => id)]);
  await forget(client, 'search_value', tenant, replaced);
  await forget(client, 'resource', tenant, replaced);
}

/**
 * In the order in which they are read: so a member's rows lie beside one another, and a page takes a row from the place
 * where the last one was instead of from a place of its own (docs/performance.md).
 */
function inOrder<Row>(rows: readonly Row[], keyOfRow: (row: Row) => string): Row[] {
  const keyed = rows.map((row) => [keyOfRow(row), row] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** Writes what resources are found by, rows as valueRows makes them, in the order of their index. */
export async function insertValues(client: pg.PoolClient, values: readonly unknown[][]): Promise<void> {
  await insertRows(client, 'search_value', VALUE_COLUMNS, inOrder(values, searchedBy));
}

/** Writes versions with all that they are found by. */
export async function insertVersions(
  client: pg.PoolClient,
  tenant: string,
  versions: readonly NewVersion[],
): Promise<void> {
  const now = new Date().toISOString();
  const asRead = inOrder(
    versions,
    ({ member, resource }) => `${member} ${resource.resourceType} ${resource.id}`,
  );
  const resources = asRead.map(({ resource, labelled, member, version, hash }) => [
    tenant,
    member,
    resource.resourceType,
    resource.id,
    version,
    now,
    sensitivityLabels(resource),
    labelled,
    storedBody(resource, version, now),
    hash,
  ]);
  const values = asRead.flatMap(({ definition, resource, member }) =>
    valueRows(tenant, member, definition, resource),
  );
  await insertRows(client, 'resource', RESOURCE_COLUMNS, resources);
  await insertValues(client, values);
}
