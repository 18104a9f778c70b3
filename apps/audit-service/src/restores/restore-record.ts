/**
 * The statement of the operators that the audit database was restored from a backup (ADR 52). It is signed with a key that
 * no service has: whoever cuts a trail cannot make a restore of it.
 */
import { z } from 'zod';
import { type CheckpointKeys, Heads } from '../checkpoints/checkpoint.ts';
import { oldestFirst } from '../checkpoints/signed.ts';
import { StoredOf } from '../checkpoints/stored-of.ts';
import { type SignedByOperators, operatorsStatements } from './signed-by-operators.ts';

/** What a later release adds is passed over. */
const Payload = z.object({
  tenant: z.string(),
  /** where each lane ended in the backup; a lane that is left out had nothing */
  restored: Heads,
  /** where each lane had been, by the last checkpoint that is known outside, and when that was signed */
  known: Heads,
  knownAt: z.iso.datetime(),
  /** what of it the backup lacks, by producer, as far as checkpoints say it */
  lacking: z.array(StoredOf).optional(),
  /** until when the backup has all that was signed; undefined where it has nothing of that */
  backupAt: z.iso.datetime().optional(),
  reason: z.string().min(1).max(512),
  /** name of the administrator */
  by: z.string().min(1).max(128),
  signed: z.iso.datetime(),
});

export type RestoreRecord = SignedByOperators<z.infer<typeof Payload>>;

/** Signs and reads these statements. */
export const restoreStatements = operatorsStatements({
  typ: 'patient-access-trail-restore',
  payload: Payload,
  inHeader: ['lacking', 'backupAt'],
});

/**
 * @param lines of a file of checkpoints, which has the restore records too
 * @param keys of the operators @returns those that one of the keys signed, the oldest first
 */
export async function openRestores(lines: readonly string[], keys: CheckpointKeys): Promise<RestoreRecord[]> {
  const opened = await Promise.all(lines.map((line) => restoreStatements.open(line, keys)));
  return oldestFirst(opened.filter((record) => record !== undefined));
}
