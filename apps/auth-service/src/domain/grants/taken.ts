/** Reserves a record for one request, or for one answer of a page, until the result is stored. */
import { type BatchStatement, type Pool, updateInBatch } from '@patient-access/database';

/**
 * A record is taken while its `consumed_at` lies in the future. Of all concurrent callers exactly one gets a row, also of those
 * whose calls share the statement (security rule D18).
 */
const TAKE_FOR_SECONDS: BatchStatement = {
  name: 'record-take-for-seconds',
  text: `WITH k AS MATERIALIZED (
           SELECT DISTINCT ON (tenant, model, id) *
             FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[]) WITH ORDINALITY AS k (tenant, model, id, seconds, n)
            ORDER BY tenant, model, id, n)
         UPDATE valid_record r SET consumed_at = now() + make_interval(secs => k.seconds) FROM k
          WHERE r.tenant = k.tenant AND r.model = k.model AND r.id = k.id AND r.consumed_at <= now()
         RETURNING k.n`,
};
const GIVE_BACK = {
  name: 'record-give-back',
  text: `UPDATE oidc_record SET consumed_at = now()
          WHERE tenant = $1 AND model = $2 AND id = $3 AND consumed_at > now()`,
};
const USE_FOR = {
  name: 'record-use-for',
  text: `UPDATE valid_record SET consumed_at = coalesce(consumed_at, now()), uid = $4
          WHERE tenant = $1 AND model = $2 AND id = $3 AND (consumed_at IS NULL OR uid = $4) RETURNING 1`,
};

/** @returns whether this caller has a used record for itself, for so long or until {@link giveBack} */
export async function takeForSeconds(
  pool: Pool,
  key: [string, string, string],
  seconds: number,
): Promise<boolean> {
  return (await updateInBatch(pool, TAKE_FOR_SECONDS, [...key, seconds])) !== undefined;
}

/** Ends {@link takeForSeconds}. */
export async function giveBack(pool: Pool, key: [string, string, string]): Promise<void> {
  await pool.query({ ...GIVE_BACK, values: key });
}

/**
 * Uses a record for one interaction. The same interaction may use it again: as long as the interaction exists, no result of it
 * was stored.
 *
 * @param interaction its id. The caller has taken it.
 * @returns whether the record was unused, or used for this interaction
 */
export async function useFor(
  pool: Pool,
  key: [string, string, string],
  interaction: string,
): Promise<boolean> {
  return (await pool.query({ ...USE_FOR, values: [...key, interaction] })).rowCount === 1;
}
