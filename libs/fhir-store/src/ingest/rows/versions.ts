/** Writes new versions of resources that everybody sees, and moves the versions that they replace to the history. */
import { type Definition, type Resource, sensitivityLabels } from '@patient-access/fhir';
import type pg from 'pg';
import { inserter } from './insert-columns.ts';
import { keyColumns } from './key-columns.ts';
import { storedForm } from './stored-form.ts';
import { searchedBy, VALUE_COLUMNS, valueRows } from './value-rows.ts';

export interface NewVersion {
  definition: Definition;
  /** as it will be served, except for the version id */
  resource: Resource;
  /** the labels that the plan's list of sensitive codes added */
  labelled: string[];
  member: string;
  version: number;
  /** SHA-256 of the content as it was imported */
  hash: Buffer;
  /** mark of the check of the content, if it has to be known when it comes again (check-mark.ts) */
  checkedBy?: Buffer | undefined;
}

export interface StoredKey {
  member: string;
  type: string;
  id: string;
}

/**
 * The instant is later than that of any change of these members that was committed before, whatever the clock says:
 * those who write what is theirs take turns (tenant-lock.ts).
 */
const NEXT_INSTANT = `
  WITH next AS MATERIALIZED (
    SELECT greatest(date_trunc('milliseconds', clock_timestamp()), max(c.at) + interval '1 millisecond') AS at
      FROM (SELECT at FROM member_change WHERE tenant = $1 AND member = ANY ($2::text[])
            UNION ALL SELECT at FROM last_change WHERE tenant = $1) c)
  INSERT INTO member_change (tenant, member, at)
  SELECT $1, k.member, next.at FROM (SELECT DISTINCT unnest($2::text[]) AS member) k, next ORDER BY k.member COLLATE "C"
  ON CONFLICT (tenant, member) DO UPDATE SET at = EXCLUDED.at RETURNING at`;
const FORGET = (table: string) => `
  DELETE FROM ${table} t USING unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
   WHERE t.tenant = $1 AND t.member = k.member AND t.type = k.type AND t.id = k.id`;
/**
 * The sort keys of a version go to the history with it (sql/order-sql.ts). Values with a modifier are not used for
 * sorting.
 */
const TO_HISTORY = `
  WITH value AS (${FORGET('search_value')} RETURNING t.type, t.id, t.parameter, t.value, t.low),
       version AS (${FORGET('resource')} RETURNING t.*),
       key AS (
         SELECT type, id, parameter, jsonb_build_array(min(low), max(low), min(value), max(value)) AS bounds
           FROM value WHERE parameter NOT LIKE '%:%' GROUP BY type, id, parameter),
       keys AS (SELECT type, id, jsonb_object_agg(parameter, bounds) AS sort_keys FROM key GROUP BY type, id)
  INSERT INTO resource_history
         (tenant, member, type, id, form, version, version_id, last_updated, audience, sensitivity, labelled, body, replaced,
          sort_keys)
  SELECT v.tenant, v.member, v.type, v.id, v.form, v.version, v.version_id, v.last_updated, v.audience, v.sensitivity, v.labelled, v.body,
         $5::timestamptz, coalesce(k.sort_keys, '{}') FROM version v LEFT JOIN keys k USING (type, id)`;

/** The columns that all tables of versions have. */
const VERSION_COLUMNS = {
  tenant: 'text',
  member: 'text',
  type: 'text',
  id: 'text',
  form: 'smallint',
  version: 'integer',
  version_id: 'text',
  last_updated: 'timestamptz',
  audience: 'text[]',
  sensitivity: 'text[]',
  labelled: 'text[]',
  body: 'json',
} as const;

export const VERSION_COLUMN_NAMES: readonly string[] = Object.keys(VERSION_COLUMNS);

/** Inserts stored resources: the values of all {@link VERSION_COLUMNS}, the hash, and the mark of the check or null. */
export const insertResources = inserter('resource', {
  ...VERSION_COLUMNS,
  hash: 'bytea',
  checked_by: 'bytea',
});

/** Deletes the rows of these resources from a table that has a row or more for each. */
export async function deleteRowsOf(
  client: pg.PoolClient,
  table:
    | 'resource'
    | 'resource_history'
    | 'deleted_resource'
    | 'search_value'
    | 'profile_check'
    | 'conditional_resource',
  tenant: string,
  keys: readonly StoredKey[],
): Promise<void> {
  if (keys.length > 0) await client.query(FORGET(table), [tenant, ...keyColumns(keys)]);
}

/**
 * The instant at which changes of this transaction happen.
 *
 * @param members whose resources change, and whose they were before; at least one
 * @returns ISO 8601, milliseconds
 */
export async function nextInstant(
  client: pg.PoolClient,
  tenant: string,
  members: readonly string[],
): Promise<string> {
  const { rows } = await client.query<{ at: Date }>(NEXT_INSTANT, [tenant, members]);
  return (rows[0] as { at: Date }).at.toISOString();
}

/**
 * Sorts rows into the order in which they are read. Rows of a member are then stored beside one another, and a page
 * of results reads few blocks of the table (docs/performance.md).
 */
function inOrder<Row>(rows: readonly Row[], keyOfRow: (row: Row) => string): Row[] {
  const keyed = rows.map((row) => [keyOfRow(row), row] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

const insertValueRows = inserter('search_value', VALUE_COLUMNS);

/** Writes search values, as valueRows makes them, in the order of their index. */
export async function insertValues(client: pg.PoolClient, values: readonly unknown[][]): Promise<void> {
  await insertValueRows(client, inOrder(values, searchedBy));
}

/** Moves the current versions of these resources to the history. @param now when they were replaced, ISO 8601 */
export async function toHistory(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
  now: string,
): Promise<void> {
  if (keys.length > 0) await client.query(TO_HISTORY, [tenant, ...keyColumns(keys), now]);
}

/** A row for {@link insertResources}. */
function resourceRow(
  tenant: string,
  { resource, labelled, member, version, hash, checkedBy }: NewVersion,
  now: string,
): unknown[] {
  const { versionId, body } = storedForm(resource, now);
  const { resourceType: type, id } = resource;
  const key = [tenant, member, type, id, 0, version, versionId, now, null];
  return [...key, sensitivityLabels(resource), labelled, body, hash, checkedBy ?? null];
}

/**
 * Writes versions that everybody sees, with their search values, and moves the versions that they replace to the
 * history. Everybody must have seen those too. The transaction has to have the members' turn (turn.ts).
 *
 * @param now when the versions come, ISO 8601
 */
export async function writeVersions(
  client: pg.PoolClient,
  tenant: string,
  {
    versions,
    replaced,
    now,
  }: { versions: readonly NewVersion[]; replaced: readonly StoredKey[]; now: string },
): Promise<void> {
  await toHistory(client, tenant, replaced, now);
  const asRead = inOrder(
    versions,
    ({ member, resource }) => `${member} ${resource.resourceType} ${resource.id}`,
  );
  const values = asRead.flatMap(({ definition, resource, member }) =>
    valueRows(tenant, member, definition, resource, []),
  );
  const resources = asRead.map((version) => resourceRow(tenant, version, now));
  await insertResources(client, resources);
  await insertValues(client, values);
}
