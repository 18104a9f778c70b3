/** What was signed and is kept outside the database: checkpoints, and the operators' statements about restores. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Checkpoint, type CheckpointKeys, checkpointKeys } from '../checkpoints/checkpoint.ts';
import { openRestores, type RestoreRecord } from '../restores/restore-record.ts';
import { openCheckpoints } from './verify.ts';

export interface Outside {
  checkpoints: readonly Checkpoint[];
  /** the oldest first */
  restores: readonly RestoreRecord[];
}

/**
 * @param file to which they are appended; it does not exist before the first checkpoint
 * @param keys of the checkpoints
 * @param operators public keys in PEM; undefined: no restore is believed
 */
export async function readOutside(
  file: string | undefined,
  keys: CheckpointKeys,
  operators: string | undefined,
): Promise<Outside> {
  if (file === undefined || !existsSync(file)) return { checkpoints: [], restores: [] };
  const lines = (await readFile(file, 'utf8')).split('\n');
  const restores = operators === undefined ? [] : await openRestores(lines, await checkpointKeys(operators));
  return { checkpoints: await openCheckpoints(lines, keys), restores };
}
