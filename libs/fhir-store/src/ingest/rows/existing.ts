/** What is stored of the resources of a batch already. */
import type { Target } from '@patient-access/fhir';
import type pg from 'pg';
import { currentRows, keyOfTarget, targetColumns } from './key-columns.ts';
import type { Replaced } from './write.ts';

export interface Existing extends Replaced {
  version: number;
  hash: Buffer;
  /** mark of the check when it came last (check-mark.ts) */
  checkedBy?: Buffer | null;
}

const COLUMNS = 'o.type, o.id, o.member, o.version, o.audience, o.hash, o.checked_by AS "checkedBy"';
const EXISTING = `SELECT r.* FROM ${currentRows(COLUMNS)}`;

/** @returns the current versions of these resources, by `Type/id` */
export async function existing(
  client: pg.PoolClient,
  tenant: string,
  targets: readonly Target[],
): Promise<Map<string, Existing>> {
  const { rows } = await client.query<Existing>(EXISTING, [tenant, ...targetColumns(targets)]);
  return new Map(rows.map((row) => [keyOfTarget(row), row]));
}

/** Is the same content stored already? If the sender counts versions: is this version or a later one stored? */
export function isKnown(
  { senderVersion, member, hash }: { senderVersion: number | undefined; member: string; hash: Buffer },
  before: Existing,
): boolean {
  if (senderVersion !== undefined) return before.version >= senderVersion;
  return before.member === member && before.hash.equals(hash);
}
