/** `audit lost`: shows which numbers of producers are missing, and with `--records` records that those of a file never come. */
import { readFile } from 'node:fs/promises';
import { actingUser } from '@patient-access/platform/acting-user';
import { withOwner } from '../command/connections.ts';
import { type AuditOptions, required, UsageError } from '../command/options.ts';
import { Gaps, gapsOf, recordLost } from './lost-numbers.ts';

/** @throws UsageError when the file is no list of numbers */
async function namedIn(file: string) {
  const text = await readFile(file, 'utf8');
  try {
    return Gaps.parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`--records: ${(error as Error).message}`);
  }
}

/** @returns what is missing; with `--records` how many numbers were recorded as lost */
export async function lostCommand(options: AuditOptions): Promise<object> {
  const { records: file } = options;
  if (file === undefined) return withOwner(gapsOf);
  const reason = required(options, 'reason');
  const named = await namedIn(file);
  return withOwner((owner) => recordLost(owner, named, { reason, by: actingUser() }));
}
