/**
 * Resources that are stored as they come, and were checked by the rules of today: nothing is to be done about them
 * (docs/adr/0119-check-again-only-what-or-whose-rules-changed.md).
 */
import { inTransaction, type Pool } from '@patient-access/database';
import {
  compartmentOf,
  type Definition,
  definitions,
  isId,
  planOf,
  type Resource,
} from '@patient-access/fhir';
import type pg from 'pg';
import { keyColumns, keyOfTarget, targetColumns } from './key-columns.ts';
import { contentHash } from './stored-form.ts';
import type { StoredKey } from './versions.ts';
import { AS_TENANT } from '../sql/as-tenant.ts';

/** What is stored already, and whether its check found something. */
export interface StoredBefore {
  found: boolean;
  /** of its content */
  hash: Buffer;
}

interface Row extends StoredKey, StoredBefore {}

const CHECKED = `
  SELECT r.type, r.id, r.member, r.hash,
         EXISTS (SELECT FROM profile_check p
                  WHERE p.tenant = $1 AND p.member = r.member AND p.type = r.type AND p.id = r.id AND p.findings <> '[]') AS found
    FROM resource r JOIN unnest($2::text[], $3::text[]) AS k (type, id) ON r.type = k.type AND r.id = k.id
   WHERE r.tenant = $1 AND r.form = 0 AND r.checked_by = $4
     AND NOT EXISTS (SELECT FROM plan_database WHERE plan = $5 AND (paused OR moved_to IS NOT NULL))`;
const MARK = `
  UPDATE resource r SET checked_by = $5 FROM unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
   WHERE r.tenant = $1 AND r.member = k.member AND r.type = k.type AND r.id = k.id AND r.form = 0`;

/**
 * May it be known? Whose a resource is that belongs to the member of another one depends on more than its content.
 */
const canBeKnown = (definition: Definition | undefined): definition is Definition =>
  definition !== undefined && definition.membership.by !== 'reference';

/** Is this the content that is stored under this member? Stored content was checked, so it has a compartment. */
function isStored(resource: Resource, definition: Definition, { hash, member }: Row): boolean {
  if (!contentHash(resource).equals(hash)) return false;
  const compartment = compartmentOf(definition, resource);
  return (compartment.to === 'member' ? compartment.member : '') === member;
}

/**
 * Finds resources of which nothing is new. It waits for no writer.
 *
 * @param resources of which no two have the same type and id
 * @param checkedBy hash of the rules
 */
export async function storedBefore(
  pool: Pool,
  tenant: string,
  resources: readonly Resource[],
  checkedBy: Buffer,
): Promise<Map<Resource, StoredBefore>> {
  const byKey = new Map(
    resources
      .filter(({ resourceType, id }) => canBeKnown(definitions.get(resourceType)) && isId(id))
      .map((resource) => [keyOfTarget({ type: resource.resourceType, id: resource.id }), resource]),
  );
  if (byKey.size === 0) return new Map();
  const targets = [...byKey.values()].map(({ resourceType: type, id }) => ({ type, id }));
  const { rows } = await inTransaction(pool, async (client) => {
    await client.query(AS_TENANT, [tenant]);
    return client.query<Row>(CHECKED, [tenant, ...targetColumns(targets), checkedBy, planOf(tenant)]);
  });
  return new Map(
    rows.flatMap((row) => {
      const resource = byKey.get(keyOfTarget(row));
      const definition = definitions.get(row.type);
      const isKnown = resource && definition && isStored(resource, definition, row);
      return isKnown ? [[resource, { found: row.found, hash: row.hash }] as const] : [];
    }),
  );
}

/**
 * Notes by which rules these were checked. The transaction has the members' turn (turn.ts).
 *
 * @param checkedBy null: the next load looks at them in full, whatever its rules
 */
export async function markChecked(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
  checkedBy: Buffer | null,
): Promise<void> {
  const wanted = keys.filter(({ type }) => canBeKnown(definitions.get(type)));
  if (wanted.length > 0) await client.query(MARK, [tenant, ...keyColumns(wanted), checkedBy]);
}
