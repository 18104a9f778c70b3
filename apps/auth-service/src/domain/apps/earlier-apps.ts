/** What a consent page says of apps that the login has connected before: this one, and another one of its name. */
import type { PlannedOnce, Pool } from '@patient-access/database';
import { asSeen } from '../clients/like-names.ts';
import type { EarlierApps } from '../consent/consent-snapshot.ts';
import { IS_LOGIN_OVER } from '../consent/login-over.ts';
import { hostOf } from './same-name.ts';

/** What this app has goes on beside what the member agrees to now. */
const CONNECTED = `EXISTS (SELECT FROM consent
                            WHERE tenant = $1 AND sub = $2::uuid AND client_id = $3 AND member IS NOT DISTINCT FROM $4
                              AND revoked_at IS NULL AND until > now() AND (over_at IS NULL OR over_at > now())
                              AND NOT ${IS_LOGIN_OVER})`;
/** Each other app is found once, however often the login has agreed to it. */
const OTHERS = `(SELECT json_agg(json_build_object('name', name, 'returnTo', ${hostOf('snapshot')}) ORDER BY granted_at DESC)
                   FROM (SELECT DISTINCT ON (client_id) client_name AS name, snapshot, granted_at
                           FROM consent
                          WHERE tenant = $1 AND sub = $2::uuid AND client_id <> $3 AND revoked_at IS NULL AND until > now()
                          ORDER BY client_id, granted_at DESC) newest)`;
/** Postgres would plan it each time, for as long as it takes to run it: by its values the first row looks cheaper to find. */
const EARLIER: PlannedOnce = {
  name: 'earlier-apps',
  plannedOnce: true,
  text: `SELECT ${CONNECTED} AS connected, CASE WHEN $5 THEN ${OTHERS} END AS others`,
};

interface Row {
  connected: boolean;
  /** null: there is none, or it was not asked */
  others: readonly { name: string; returnTo: string | null }[] | null;
}

interface AskingApp {
  clientId: string;
  /** logical id of the Patient whose data it asks for; undefined where it learns only who logs in */
  member: string | undefined;
  /** undefined: another app of its name is of no interest */
  name: string | undefined;
  /** where it goes back to, as in a consent snapshot */
  returnTo: string | undefined;
}

export async function earlierApps(
  pool: Pool,
  { tenant, sub }: { tenant: string; sub: string },
  { clientId, member, name, returnTo = '' }: AskingApp,
): Promise<EarlierApps> {
  const values = [tenant, sub, clientId, member ?? null, name !== undefined];
  const { rows } = await pool.query<Row>({ ...EARLIER, values });
  const { connected, others } = rows[0] as Row;
  const isTwin = (other: NonNullable<Row['others']>[number]) =>
    asSeen(other.name) === asSeen(name ?? '') && other.returnTo !== null && other.returnTo !== returnTo;
  return {
    sameName: others?.find(isTwin)?.returnTo ?? undefined,
    ...(connected && { connected: true }),
  };
}
