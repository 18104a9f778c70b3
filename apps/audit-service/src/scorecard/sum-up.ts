/**
 * Adds the trail up for scorecards, in the background. The database keeps how far it got, so every replica may do this, and
 * a restored database goes on from where it was (docs/adr/0084-add-the-scorecard-up-once.md).
 */
import { isUnavailable, type Pool } from '@patient-access/database';

/**
 * The time of storing is taken before the commit. What is stored later than so long ago may still be on its way, and would
 * not be counted if its place had been passed. The clock is that of the database, which has put the times there: a process
 * whose clock is ahead would pass what is on its way.
 */
const LATEST = "coalesce($2::timestamptz, clock_timestamp() - interval '2 minutes')";
/** Of 5,000 events, and of one plan, in one run: a service that is stopped waits for its end. */
const PIECES = 100;
/** Longer than a scorecard may look back. */
const KEPT = "interval '400 days'";

const TENANTS = 'SELECT DISTINCT h.tenant FROM trail.chain_head h';
const SUM_UP = { name: 'sum-up', text: `SELECT trail.sum_up($1, ${LATEST}) AS events` };
const FORGET = `SELECT trail.forget_sums($1, ((${LATEST} - ${KEPT}) AT TIME ZONE 'UTC')::date)`;

async function sumUpTenant(pool: Pool, tenant: string, until: Date | undefined): Promise<number> {
  let summed = 0;
  for (let piece = 0; piece < PIECES; piece += 1) {
    const values = [tenant, until ?? null];
    const events = Number((await pool.query<{ events: string }>({ ...SUM_UP, values })).rows[0]?.events ?? 0);
    if (events === 0) break;
    summed += events;
  }
  return summed;
}

/**
 * Adds up what was stored until then, of every plan, or as much of it as one run may. A plan whose events cannot be added up
 * does not keep the others from it.
 *
 * @param pool connections of the ingest role
 * @param until left out: as late as nothing can be on its way
 * @returns how many events were added
 * @throws AggregateError after all others were added up, with the plans of which that failed
 */
export async function sumUp(pool: Pool, until?: Date): Promise<number> {
  let summed = 0;
  const failed = new Map<string, unknown>();
  for (const { tenant } of (await pool.query<{ tenant: string }>(TENANTS)).rows)
    try {
      summed += await sumUpTenant(pool, tenant, until);
      await pool.query(FORGET, [tenant, until ?? null]);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      failed.set(tenant, error);
    }
  if (failed.size > 0)
    throw new AggregateError(failed.values(), `not added up: ${[...failed.keys()].join(', ')}`);
  return summed;
}
