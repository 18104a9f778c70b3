/** Two records that are one person's (ADR 93): all that the one has becomes the other's, the survivor's. */
import { z } from 'zod';
import type { RunSql } from '../../database.ts';
import { PatientId } from '../../relations/relations.ts';
import type { Administration } from '../administration.ts';
import { begin, ChangeReason, type PersonChange } from './person-changes.ts';

export const MergeOrder = z
  .strictObject({
    /** whose records go */
    from: PatientId,
    /** whose they are from then on: the survivor */
    to: PatientId,
    reason: ChangeReason,
  })
  .refine(({ from, to }) => from !== to, 'is the same person');

/**
 * Begins a merge: at the commit the grants of both persons are over. The records move by `npm run import:persons`.
 *
 * @throws ZodError; RepairRefused when one of them is another person already, or part of another change
 */
export const beginMerge = (admin: Administration, given: unknown): Promise<PersonChange> =>
  begin(admin, () => Promise.resolve({ kind: 'merge', stays: [], ...MergeOrder.parse(given) }));

const REPLACED = `
  SELECT DISTINCT from_person AS replaced, to_person AS survivor FROM person_change
   WHERE tenant = $1 AND kind = 'merge' AND from_person = ANY ($2::text[]) AND state <> 'undone'`;

/** @returns those of these Patients who are another person now, and who that is */
export async function replacedAmong(
  query: RunSql,
  tenant: string,
  patients: readonly string[],
): Promise<Map<string, string>> {
  const rows = await query<{ replaced: string; survivor: string }>(REPLACED, [tenant, patients]);
  return new Map(rows.map(({ replaced, survivor }) => [replaced, survivor]));
}
