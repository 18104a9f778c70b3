/** What was changed about a login, for the person who logs in with it. The audit trail has the same facts for auditors. */
import type { Pool } from '@patient-access/database';
import type { RunSql } from '../database.ts';

/** Acts of the member, and of the plan's staff. */
export type LoginChange =
  | 'password-changed'
  | 'password-reset'
  | 'password-set-by-plan'
  | 'second-factor-on'
  | 'second-factor-off'
  | 'second-factor-replaced'
  | 'second-factor-reset'
  | 'sessions-ended'
  | 'sessions-ended-by-plan'
  | 'login-relinked'
  | 'number-changed';

/** As long as the page of connected apps lists ended apps. */
const KEPT = '13 months';
const MOST = 20;

const INSERT = `INSERT INTO login_change (tenant, sub, change, expires_at)
  VALUES ($1, $2::uuid, $3, now() + interval '${KEPT}')`;
const LATEST = {
  name: 'login-change-latest',
  text: `SELECT change, at FROM login_change WHERE tenant = $1 AND sub = $2 AND expires_at > now()
          ORDER BY at DESC LIMIT ${MOST}`,
};

/** Keeps an act in the caller's transaction. */
export async function keepLoginChange(
  query: RunSql,
  tenant: string,
  sub: string,
  change: LoginChange,
): Promise<void> {
  await query(INSERT, [tenant, sub, change]);
}

/** @returns the newest first */
export async function latestLoginChanges(
  pool: Pool,
  tenant: string,
  sub: string,
): Promise<{ change: LoginChange; at: Date }[]> {
  return (await pool.query<{ change: LoginChange; at: Date }>({ ...LATEST, values: [tenant, sub] })).rows;
}
