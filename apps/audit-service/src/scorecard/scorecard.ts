/** The scorecard of a plan: read from sums, whatever the size of the trail. */
import type { ReadPool } from '@patient-access/database';
import { readRows } from '@patient-access/fhir-store';
import type { Scorecard } from '@patient-access/internal-api';
import { ALL_MEMBERS } from '@patient-access/smart';
import { scorecardOf } from './figures.ts';
import { type Days, type LastRead, type Starts, statementsOf, type Sum } from './sums.ts';

const DAY_MS = 86_400_000;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 'yyyy-mm-dd'.length);
const NOTHING: Starts = { agreed: 0, reached: 0, median: null, ninety: null };

/** The last whole days before today (UTC). */
export const lastDays = (tenant: string, days: number, now: number): Days => ({
  tenant,
  from: dayOf(now - days * DAY_MS),
  to: dayOf(now - DAY_MS),
});

/** @param pool connections of the auditor role */
export async function readScorecard(pool: ReadPool, days: Days): Promise<Scorecard> {
  const scope = { tenant: days.tenant, member: ALL_MEMBERS };
  const [sums = [], starts = [], until = [], reads = []] = await readRows(pool, scope, statementsOf(days));
  return scorecardOf(days, {
    sums: sums as Sum[],
    starts: (starts as Starts[])[0] ?? NOTHING,
    through: (until as { through: string }[])[0]?.through,
    reads: reads as LastRead[],
  });
}
