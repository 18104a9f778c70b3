/** The age of the last backup, as the backup tool reports it. */
import { statSync } from 'node:fs';
import { parseInstant } from '@patient-access/fhir';
import { type Obstacle, toChange, unless } from './obstacle.ts';

const HOUR_MS = 3_600_000;
/** By so much the clock of the backup tool may be ahead. */
const AHEAD_HOURS = 0.1;
const FIX = 'have the backup tool touch a file at its end, and give it as --backup-file';

export interface BackupReport {
  /** written by the backup tool when it has ended */
  file?: string | undefined;
  /** instead of a file: the instant, ISO 8601 */
  at?: string | undefined;
  maxHours: number;
}

export function backupFindings({ file, at, maxHours }: BackupReport, now: number): Obstacle[] {
  if (file === undefined && at === undefined)
    return [toChange('backup', 'nobody says when the last one was', FIX)];
  const written = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  const ended = at === undefined ? written : (parseInstant(at)?.getTime() ?? Number.NaN);
  if (ended !== undefined && Number.isNaN(ended))
    return [
      toChange('backup', '--backup-at is no instant', 'ISO 8601 with its offset, as in 2026-11-26T02:00:00Z'),
    ];
  if (ended === undefined) return [toChange('backup', 'there is none', FIX)];
  const hours = (now - ended) / HOUR_MS;
  if (hours < -AHEAD_HOURS)
    return [toChange('backup', 'the last one is in the future', 'give the instant at which it ended')];
  return unless(
    hours <= maxHours,
    toChange('backup', `the last one is ${Math.floor(hours)} hours old`, 'make one now'),
  );
}
