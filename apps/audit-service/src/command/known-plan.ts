/** A plan that a command names. */
import type pg from 'pg';
import { UsageError } from './options.ts';

/** Somebody may have taken the chains away, and a hold is wanted then more than ever: so a checkpoint is enough. */
const HAS_TRAIL = `
  SELECT FROM trail.chain_head WHERE tenant = $1 UNION ALL SELECT FROM trail.checkpoint WHERE tenant = $1 LIMIT 1`;

/**
 * Each plan has a trail, because to make it is an act. So a name without one is misspelt: a legal hold on it would hold nothing, and
 * what was corrected at the plan would be passed over.
 *
 * @throws UsageError when there is no trail of it
 */
export async function demandTrail(database: Pick<pg.Pool, 'query'>, tenant: string): Promise<void> {
  const { rowCount } = await database.query(HAS_TRAIL, [tenant]);
  if (!rowCount) throw new UsageError(`--tenant: there is no trail of a plan ${tenant}`);
}
