/** Tells apps of one name apart by the place where a member's answer goes back to: an app cannot make that up (security case O15). */
import type { Pool } from '@patient-access/database';
import { asSeen } from '../clients/like-names.ts';
import { readableJson } from '../grants/records.ts';

/**
 * @param snapshot SQL of a consent snapshot
 * @returns SQL of the host; '' for an app on the member's device; null where no page was stored
 */
export const hostOf = (snapshot: string): string =>
  `(CASE WHEN ${snapshot} <> '{}' THEN coalesce(${readableJson(snapshot)} ->> 'returnTo', '') END)`;

/** Each app is found once, however often the login has agreed to it. */
const CONNECTED = {
  name: 'connected-names',
  text: `SELECT name, ${hostOf('snapshot')} AS "returnTo"
           FROM (SELECT DISTINCT ON (client_id) client_name AS name, snapshot, granted_at
                   FROM consent
                  WHERE tenant = $1 AND sub = $2::uuid AND client_id <> $3 AND revoked_at IS NULL AND until > now()
                  ORDER BY client_id, granted_at DESC) newest
          ORDER BY granted_at DESC`,
};

/**
 * @param app where it goes back to, as in a consent snapshot
 * @returns where another connected app goes back to that has the name, for the eye, and goes back elsewhere; '' for one on the
 *   member's device; undefined: there is none
 */
export async function sameNameElsewhere(
  pool: Pool,
  { tenant, sub }: { tenant: string; sub: string },
  app: { clientId: string; name: string; returnTo: string | undefined },
): Promise<string | undefined> {
  const values = [tenant, sub, app.clientId];
  const { rows } = await pool.query<{ name: string; returnTo: string | null }>({ ...CONNECTED, values });
  const here = app.returnTo ?? '';
  const isTwin = ({ name, returnTo }: (typeof rows)[number]) =>
    asSeen(name) === asSeen(app.name) && returnTo !== null && returnTo !== here;
  return rows.find(isTwin)?.returnTo ?? undefined;
}

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
