/** Moves records from one person to another of the same tenant, in one database. */
import {
  compartmentOf,
  definitions,
  MEMBER_TYPE,
  parseResource,
  type Resource,
  withoutLabels,
} from '@patient-access/fhir';
import type pg from 'pg';
import { keyOfTarget, targetColumns } from '../rows/key-columns.ts';
import type { Ingest } from '../ingest.ts';
import { referringTo } from './replaced-persons.ts';
import { contentOfResource } from '../rows/stored-form.ts';
import { noteMove, type WriteContext } from '../turns/storing.ts';
import { nextInstant } from '../rows/versions.ts';

export interface RecordKey {
  type: string;
  id: string;
}

const KEYS = 'unnest($4::text[], $5::text[]) AS k (type, id)';
/**
 * Not conditional_resource: every database has the rows of all of them, and what moves here is only what stands here. They are
 * worked out anew for both persons (update-conditional.ts).
 */
const MOVE = ['resource', 'resource_history', 'deleted_resource', 'search_value', 'profile_check'].map(
  (table) => `
  UPDATE ${table} t SET member = $3 FROM ${KEYS}
   WHERE t.tenant = $1 AND t.member = $2 AND t.type = k.type AND t.id = k.id`,
);
const MOVE_AWAITED = `
  UPDATE awaited_target t SET by_member = $3 FROM ${KEYS}
   WHERE t.tenant = $1 AND t.by_member = $2 AND t.by_type = k.type AND t.by_id = k.id`;
/** The person to whom they go may have had a deletion of them, after which they came as the other's. It is a former version. */
const KEEP_EARLIER_DELETIONS = `
  WITH earlier AS (
    DELETE FROM deleted_resource d USING ${KEYS}
     WHERE d.tenant = $1 AND d.member = $3 AND d.type = k.type AND d.id = k.id
       AND EXISTS (SELECT FROM resource r
                    WHERE r.tenant = $1 AND r.member = $2 AND r.type = k.type AND r.id = k.id
                   UNION ALL
                   SELECT FROM deleted_resource o
                    WHERE o.tenant = $1 AND o.member = $2 AND o.type = k.type AND o.id = k.id)
    RETURNING d.*)
  INSERT INTO resource_history
         (tenant, member, type, id, form, version, version_id, last_updated, audience, sensitivity, labelled, body, replaced,
          sort_keys, deleted)
  SELECT tenant, member, type, id, form, version, version_id, last_updated, audience, sensitivity, labelled, body,
         $6::timestamptz, '{}', deleted FROM earlier`;
const BODIES = `
  SELECT r.body, r.labelled FROM resource r JOIN ${KEYS} ON r.type = k.type AND r.id = k.id
   WHERE r.tenant = $1 AND r.member = $3 AND r.form = 0 AND strpos(r.body, $2) > 0`;
const FORMER = `
  SELECT h.type, h.id, h.body, h.labelled
    FROM resource_history h JOIN unnest($3::text[], $4::text[]) AS k (type, id) ON h.type = k.type AND h.id = k.id
   WHERE h.tenant = $1 AND h.member = $2 AND h.form = 0 AND h.deleted IS NULL AND strpos(h.body, $5) > 0
   ORDER BY h.version DESC`;

/** How many new versions are stored together. */
const BATCH = 500;

export interface Move {
  from: string;
  to: string;
  keys: readonly RecordKey[];
  /** what else changes in a resource, which names the other person already; `stored` is what was stored before */
  change?(resource: Resource, stored: Resource): Resource;
}

/**
 * Moves the records with their versions. Each of which the current version named the one person gets a new version, which
 * names the other: so searches find it, and apps see that it changed. What was said before stays in its history.
 *
 * @param context `own` is the database; the transaction holds the tenant's lock
 * @param ingest of this database
 */
export async function moveRecords(
  context: WriteContext,
  tenant: string,
  ingest: Ingest,
  { from, to, keys, change = (resource) => resource }: Move,
): Promise<void> {
  const client: pg.PoolClient = context.own;
  noteMove(context, { from, to });
  // Also for what moves without a new version: an instant of either person that is older would hide it on later pages.
  const now = await nextInstant(client, tenant, [from, to]);
  const columns = targetColumns(keys);
  await client.query(KEEP_EARLIER_DELETIONS, [tenant, from, to, ...columns, now]);
  for (const statement of [...MOVE, MOVE_AWAITED])
    await client.query(statement, [tenant, from, to, ...columns]);
  // A person's own Patient names nobody, and changes all the same.
  const named = await client.query<{ body: string; labelled: string[] }>(BODIES, [
    tenant,
    from,
    to,
    ...columns,
  ]);
  const resources = named.rows.map(({ body, labelled }) => {
    // The list of sensitive codes labels it again. Otherwise its labels would look as if they had come with the resource.
    const stored = withoutLabels(parseResource(body) as Resource, labelled);
    return change(stored.resourceType === MEMBER_TYPE ? stored : referringTo(stored, from, to), stored);
  });
  for (let at = 0; at < resources.length; at += BATCH) {
    const items = resources
      .slice(at, at + BATCH)
      .map((resource) => ({ resource, origin: resource.id, filedUnder: to }));
    for (const result of await ingest.storeWithin(context, items))
      if (result.status === 'rejected')
        throw new Error(`${result.type}/${result.origin} cannot be moved: ${result.reason}`);
  }
}

/**
 * Does it follow the record that it is about, and no person? Then whom it names besides, such as who made the record, is as a file
 * says (replaced-persons.ts).
 */
function followsRecord(stored: Resource, member: string): boolean {
  const definition = definitions.get(stored.resourceType);
  const compartment = definition && compartmentOf(definition, stored);
  if (compartment?.to !== 'reference') return false;
  return compartment.targets.every(({ type, id }) => type !== MEMBER_TYPE || id !== member);
}

/**
 * What a move made of a version names the other person wherever the version named either of them. So undoing it takes that version
 * again, unless the record has changed since.
 *
 * @param move that is undone; its records are still where it brought them
 * @returns what changes when they go back
 */
export async function undoing(
  client: pg.PoolClient,
  tenant: string,
  { from, to, keys, change = (resource) => resource }: Move,
): Promise<(resource: Resource, stored: Resource) => Resource> {
  type Row = RecordKey & { body: string; labelled: string[] };
  const { rows } = await client.query<Row>(FORMER, [tenant, to, ...targetColumns(keys), from]);
  const former = Map.groupBy(rows, keyOfTarget);
  return (resource, stored) => {
    const content = contentOfResource(stored);
    const before = (former.get(keyOfTarget({ type: stored.resourceType, id: stored.id })) ?? [])
      .map(({ body, labelled }) => withoutLabels(parseResource(body) as Resource, labelled))
      .find((version) => contentOfResource(change(referringTo(version, from, to), version)) === content);
    return before ?? (followsRecord(stored, to) ? stored : resource);
  };
}
