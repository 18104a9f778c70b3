/**
 * Adds the trail up for scorecards, in the background. The database keeps how far it got, so every replica may do this, and
 * a restored database goes on from where it was (docs/adr/0084-add-the-scorecard-up-once.md).
 */
import { isUnavailable, type Pool } from '@patient-access/database';

/**
 * The time of storing is taken before the commit. What is stored later than so long ago may still be on its way, and would
 * not be counted if its place had been passed.
 */
const MARGIN_MS = 120_000;
/** Of 5,000 events, and of one plan, in one run: a service that is stopped waits for its end. */
const PIECES = 100;
/** Longer than a scorecard may look back. */
const KEPT_DAYS = 400;
const DAY_MS = 86_400_000;

const TENANTS = 'SELECT DISTINCT h.tenant FROM trail.chain_head h';
const SUM_UP = { name: 'sum-up', text: 'SELECT trail.sum_up($1, $2) AS events' };
const FORGET = 'SELECT trail.forget_sums($1, $2)';

async function sumUpTenant(pool: Pool, tenant: string, until: Date): Promise<number> {
  let summed = 0;
  for (let piece = 0; piece < PIECES; piece += 1) {
    const values = [tenant, until];
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
 * @returns how many events were added
 * @throws AggregateError after all others were added up, with the plans of which that failed
 */
export async function sumUp(pool: Pool, until = new Date(Date.now() - MARGIN_MS)): Promise<number> {
  let summed = 0;
  const failed = new Map<string, unknown>();
  for (const { tenant } of (await pool.query<{ tenant: string }>(TENANTS)).rows)
    try {
      summed += await sumUpTenant(pool, tenant, until);
      await pool.query(FORGET, [tenant, new Date(until.getTime() - KEPT_DAYS * DAY_MS)]);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      failed.set(tenant, error);
    }
  if (failed.size > 0)
    throw new AggregateError(failed.values(), `not added up: ${[...failed.keys()].join(', ')}`);
  return summed;
}
