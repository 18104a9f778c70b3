/** Tells apps of one name apart by the place where a member's answer goes back to: an app cannot make that up (security case O15). */
import type { Pool } from '@patient-access/database';
import { readableJson } from '../grants/records.ts';

/**
 * @param snapshot SQL of a consent snapshot
 * @returns SQL of the host; '' for an app on the member's device; null where no page was stored
 */
export const hostOf = (snapshot: string): string =>
  `(CASE WHEN ${snapshot} <> '{}' THEN coalesce(${readableJson(snapshot)} ->> 'returnTo', '') END)`;

const PLACES = {
  name: 'places-of-apps',
  text: `SELECT DISTINCT ON (client_id) client_id AS "clientId", ${hostOf('snapshot')} AS "returnTo"
           FROM consent
          WHERE tenant = $1 AND client_id = ANY ($3::text[]) AND snapshot <> '{}'
            AND (sub = $2::uuid OR sub = ANY ($4::uuid[]) AND member = $5)
          ORDER BY client_id, sub = $2::uuid DESC, granted_at DESC`,
};

/**
 * @param others logins by which apps were connected to the data of `member`
 * @returns by client id, where apps went back to when the login last agreed, or else one of the others; '' for a device
 */
export async function placesOf(
  pool: Pool,
  { tenant, sub }: { tenant: string; sub: string },
  clients: readonly string[],
  { others, member }: { others: readonly string[]; member: string },
): Promise<ReadonlyMap<string, string>> {
  const values = [tenant, sub, clients, others, member];
  const { rows } = await pool.query<{ clientId: string; returnTo: string }>({ ...PLACES, values });
  return new Map(rows.map(({ clientId, returnTo }) => [clientId, returnTo]));
}
