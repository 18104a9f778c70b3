/** The scorecard for staff at the command line. */
import { COMMAND, createReadPool } from '@patient-access/database';
import { type Scorecard, ScorecardDays } from '@patient-access/internal-api';
import { UsageError } from '../command/options.ts';
import { type Availability, availabilityOf } from './availability.ts';
import { lastDays, readScorecard } from './scorecard.ts';

interface Wanted {
  tenant: string;
  days?: string;
  /** base URL of Prometheus */
  prometheus?: string;
}

/** @returns the scorecard, and the availability of all that Prometheus watches, where it may be asked for it */
export async function scorecard(
  { AUDITOR_DATABASE_URL: url }: { AUDITOR_DATABASE_URL: string },
  { tenant, days, prometheus }: Wanted,
): Promise<Scorecard & { availability?: Availability }> {
  const { data: number } = ScorecardDays.safeParse(days);
  if (number === undefined) throw new UsageError('--days: a whole number from 1 to 92');
  const pool = await createReadPool(url, { ...COMMAND, max: 1 });
  try {
    const read = await readScorecard(pool, lastDays(tenant, number, Date.now()));
    if (prometheus === undefined) return read;
    return { ...read, availability: await availabilityOf(prometheus, number) };
  } finally {
    await pool.end();
  }
}
