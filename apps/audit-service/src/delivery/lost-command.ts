/** `audit lost`: shows which numbers of producers are missing, and with `--records` records that those of a file never come. */
import { actingUser } from '@patient-access/platform/acting-user';
import { withOwner } from '../command/connections.ts';
import { type AuditOptions, namedIn, required } from '../command/options.ts';
import { Gaps, gapsOf, recordLost } from './lost-numbers.ts';

/** @returns what is missing; with `--records` how many numbers were recorded as lost */
export async function lostCommand(options: AuditOptions): Promise<object> {
  const { records: file } = options;
  if (file === undefined) return withOwner(gapsOf);
  const reason = required(options, 'reason');
  const named = await namedIn(file, Gaps);
  return withOwner((owner) => recordLost(owner, named, { reason, by: actingUser() }));
}
