/** An app that is connected may ask once more. What it has goes on beside what the member agrees to then. */
import type { Pool } from '@patient-access/database';
import { IS_LOGIN_OVER } from '../consent/login-over.ts';

const ALREADY = {
  name: 'connected-already',
  text: `SELECT EXISTS (SELECT FROM consent
                         WHERE tenant = $1 AND sub = $2::uuid AND client_id = $3 AND member IS NOT DISTINCT FROM $4
                           AND revoked_at IS NULL AND until > now() AND (over_at IS NULL OR over_at > now())
                           AND NOT ${IS_LOGIN_OVER}) AS already`,
};

/** @param member logical id of the Patient; undefined where the app learns only who logs in */
export async function isConnectedAlready(
  pool: Pool,
  { tenant, sub }: { tenant: string; sub: string },
  { clientId, member }: { clientId: string; member: string | undefined },
): Promise<boolean> {
  const values = [tenant, sub, clientId, member ?? null];
  const { rows } = await pool.query<{ already: boolean }>({ ...ALREADY, values });
  return rows[0]?.already ?? false;
}
