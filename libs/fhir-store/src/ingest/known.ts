/**
 * Resources that are stored as they come, and were checked by the rules of today: nothing is to be done about them
 * (docs/adr/0119-check-again-only-what-or-whose-rules-changed.md).
 */
import type { Pool } from '@patient-access/database';
import {
  compartmentOf,
  type Definition,
  definitions,
  isId,
  planOf,
  type Resource,
  type Target,
} from '@patient-access/fhir';
import type pg from 'pg';
import { isOfLine } from './check-mark.ts';
import { currentRows, keyColumns, keyOfTarget, targetColumns } from './rows/key-columns.ts';
import { contentHash } from './rows/stored-form.ts';
import type { StoredKey } from './rows/versions.ts';
import { asTenant } from '../sql/as-tenant.ts';

/** A resource that is stored, and was checked by the rules of today. */
export interface StoredBefore extends StoredKey {
  /** its check found something */
  found: boolean;
  /** of its content */
  hash: Buffer;
  /** of its check (check-mark.ts) */
  mark: Buffer;
}

/** LIMIT has findings looked up by their index, too. */
const CHECKED = `
  SELECT r.type, r.id, r.member, r.hash, r.checked_by AS mark,
         (SELECT true FROM profile_check p
           WHERE p.tenant = $1 AND p.member = r.member AND p.type = r.type AND p.id = r.id AND p.findings <> '[]'
           LIMIT 1) IS NOT NULL AS found
    FROM ${currentRows('o.type, o.id, o.member, o.hash, o.checked_by')}
   WHERE substring(r.checked_by FROM 1 FOR length($4::bytea)) = $4
     AND NOT EXISTS (SELECT FROM plan_database WHERE plan = $5 AND (paused OR moved_to IS NOT NULL))`;
const MARK = `
  UPDATE resource r SET checked_by = k.mark
    FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[]) AS k (type, id, member, mark)
   WHERE r.tenant = $1 AND r.member = k.member AND r.type = k.type AND r.id = k.id AND r.form = 0`;

/**
 * May it be known? Whose a resource is that belongs to the member of another one depends on more than its content.
 */
const canBeKnown = (definition: Definition | undefined): definition is Definition =>
  definition !== undefined && definition.membership.by !== 'reference';

/** Is this what is stored, under the member whose it says it is? Stored content was checked, so it has a compartment. */
export function isStored(resource: Resource, { type, hash, member }: StoredBefore): boolean {
  const definition = definitions.get(type);
  if (!definition || !contentHash(resource).equals(hash)) return false;
  const compartment = compartmentOf(definition, resource);
  return (compartment.to === 'member' ? compartment.member : '') === member;
}

/** Is this the line as which it was sent? Then {@link isStored} is true of what the line says. @param line SHA-256 */
export const isSentAs = (line: Buffer, before: StoredBefore): boolean => isOfLine(before.mark, line, before);

/**
 * Finds what is stored of these resources, and was checked by these rules. It waits for no writer.
 *
 * @param rules as rulesPart returns it
 * @returns by `Type/id`
 */
export async function storedBefore(
  pool: Pool,
  tenant: string,
  targets: readonly Target[],
  rules: Buffer,
): Promise<Map<string, StoredBefore>> {
  const wanted = targets.filter(({ type, id }) => canBeKnown(definitions.get(type)) && isId(id));
  if (wanted.length === 0) return new Map();
  const values = [tenant, ...targetColumns(wanted), rules, planOf(tenant)];
  const { rows } = await asTenant(pool, tenant, (client) => client.query<StoredBefore>(CHECKED, values));
  return new Map(rows.map((row) => [keyOfTarget(row), row]));
}

/** A resource with the mark of its check. */
export interface Marked extends StoredKey {
  /** null: the next load looks at it in full, whatever its rules */
  mark: Buffer | null;
}

/** Notes how these were checked. The transaction has the members' turn (turn.ts). */
export async function markChecked(
  client: pg.PoolClient,
  tenant: string,
  marked: readonly Marked[],
): Promise<void> {
  if (marked.length > 0)
    await client.query(MARK, [tenant, ...keyColumns(marked), marked.map(({ mark }) => mark)]);
}
