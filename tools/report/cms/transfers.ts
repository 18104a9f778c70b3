/** Reads the transfers of a year from the trail and from the live counter. */
import { inTransaction, type Pool } from '@patient-access/database';
import { EMPTY_BODY_HASH, isTransferable, OWN_CLIENT_IDS, type Transfer } from '@patient-access/events';
import type { PoolClient } from 'pg';

export interface Counted extends Transfer {
  /** number of responses with data; a transfer may have several */
  answers: number;
}

export interface YearOfTransfers {
  /** recomputed from the audit trail */
  trail: Counted[];
  /** as counted when the events were stored */
  live: Transfer[];
}

/** What a record says of an empty body. Its quotes keep it apart from the hash in a request, where quotes are escaped. */
const NO_BODY = `"bodyHash":"${EMPTY_BODY_HASH}"`;

/** What a record says of types and counts, as text: of a year there are few, and each is looked at once. */
const DISCLOSED = `substring(record FROM '"counts":({[^}]*})')`;
/** The same conditions as `transferOf` of libs/events, on what was stored. */
const CANDIDATES = `
  FROM trail.audit_event
 WHERE tenant = $1 AND recorded >= $2 AND recorded < $3 AND stored >= $2::timestamptz - interval '1 day'
   AND kind = 'rest' AND outcome = '0' AND member <> '~' AND client IS NOT NULL AND grant_id IS NOT NULL
   AND disclosed > 0 AND position($4 IN record) = 0 AND client <> ALL ($5)`;
const ALL_DISCLOSED = `SELECT DISTINCT ${DISCLOSED} AS text ${CANDIDATES}`;
const FROM_TRAIL = `
  SELECT member, client, to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS answers
  ${CANDIDATES} AND ${DISCLOSED} = ANY ($6) GROUP BY 1, 2, 3`;
const LIVE = `
  SELECT member, client, to_char(day, 'YYYY-MM-DD') AS day FROM trail.transfer
   WHERE tenant = $1 AND day >= $2::date AND day < $3::date`;

const holdsOwnData = (text: string): boolean =>
  isTransferable(Object.entries(JSON.parse(text) as Record<string, number>));

async function fromTrail(client: PoolClient, tenant: string, from: string, to: string): Promise<Counted[]> {
  const values = [tenant, from, to, NO_BODY, OWN_CLIENT_IDS];
  const { rows } = await client.query<{ text: string }>(ALL_DISCLOSED, values);
  const transferable = rows.map(({ text }) => text).filter(holdsOwnData);
  return (await client.query<Counted>(FROM_TRAIL, [...values, transferable])).rows;
}

/** Reads both in one snapshot, so that later events make no difference. @param pool connections of the auditor role */
export async function transfersOf(pool: Pool, tenant: string, year: number): Promise<YearOfTransfers> {
  const [from, to] = [`${year}-01-01T00:00:00Z`, `${year + 1}-01-01T00:00:00Z`];
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    const trail = await fromTrail(client, tenant, from, to);
    const live = await client.query<Transfer>(LIVE, [tenant, from, to]);
    return { trail, live: live.rows };
  });
}
