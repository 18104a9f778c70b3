/** Transfers of a year: as the trail has them, and as they were counted when they happened. */
import { inTransaction, type Pool } from '@patient-access/database';
import { EMPTY_BODY_HASH, type Transfer, TRANSFERABLE_TYPES } from '@patient-access/events';

export interface Counted extends Transfer {
  /** answers with data: more than one to a transfer */
  answers: number;
}

export interface YearOfTransfers {
  /** recomputed from the audit trail */
  trail: Counted[];
  /** as counted with the events */
  live: Transfer[];
}

/** What the AuditEvent of a disclosure says of a type, in the text in which this system always writes it. */
const OWN_DATA = `"valueCode":"(${TRANSFERABLE_TYPES.join('|')})"},\\{"url":"count","valueUnsignedInt":[1-9]`;

/** The same conditions as `transferOf` of libs/events, on what was stored. */
const FROM_TRAIL = `
  SELECT member, client, to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS answers
    FROM trail.audit_event
   WHERE tenant = $1 AND recorded >= $2 AND recorded < $3 AND stored >= $2::timestamptz - interval '1 day'
     AND kind = 'rest' AND outcome = '0' AND member <> '~' AND client IS NOT NULL AND grant_id IS NOT NULL
     AND disclosed > 0 AND body ~ $4 AND position($5 IN body) = 0
   GROUP BY 1, 2, 3`;
const LIVE = `
  SELECT member, client, to_char(day, 'YYYY-MM-DD') AS day FROM trail.transfer
   WHERE tenant = $1 AND day >= $2::date AND day < $3::date`;

/** Both of one moment, so that what happens meanwhile is no difference. @param pool of the auditor role */
export async function transfersOf(pool: Pool, tenant: string, year: number): Promise<YearOfTransfers> {
  const [from, to] = [`${year}-01-01T00:00:00Z`, `${year + 1}-01-01T00:00:00Z`];
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    const found = await client.query<Counted>(FROM_TRAIL, [tenant, from, to, OWN_DATA, EMPTY_BODY_HASH]);
    const live = await client.query<Transfer>(LIVE, [tenant, from, to]);
    return { trail: found.rows, live: live.rows };
  });
}
