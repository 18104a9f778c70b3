/** The consents of a login, as they were stored. */
import type { Pool } from '@patient-access/database';
import type { EndReason } from '@patient-access/events';
import { IS_LOGIN_OVER } from '../../domain/consent/login-over.ts';

const EARLIER_MONTHS = 13;

export interface Agreement {
  grantId: string;
  sub: string;
  clientId: string;
  clientName: string;
  /** logical id of the Patient; null when the app learned only who logged in */
  member: string | null;
  scope: string;
  /** ids of the categories of sensitive data that were released, space-separated */
  sensitive: string;
  /** the security labels of these categories, `system|code` */
  labels: string[];
  /** canonical JSON of the page: see domain/consent/consent-snapshot.ts */
  snapshot: string;
  since: Date;
  until: Date;
  /** null while it is in force */
  endedAt: Date | null;
  /** `expiry` if it ended on its end date; has no meaning while the consent is in force */
  reason: EndReason | 'expiry';
  /** it opened something for as long as a login lasted, and that has ended */
  isLoginOver: boolean;
}

const COLUMNS = `grant_id AS "grantId", sub, client_id AS "clientId", client_name AS "clientName", member, scope,
                 array_to_string(sensitive, ' ') AS sensitive, sensitive_labels AS labels, snapshot, granted_at AS since, until,
                 CASE WHEN least(revoked_at, until) <= now() THEN least(revoked_at, until) END AS "endedAt",
                 CASE WHEN revoked_at <= until THEN end_reason ELSE 'expiry' END AS reason,
                 ${IS_LOGIN_OVER} AS "isLoginOver"`;
const ONE = {
  name: 'agreement',
  text: `SELECT ${COLUMNS} FROM consent WHERE tenant = $1 AND sub = $2 AND grant_id = $3`,
};
/** Consents for the same app and person. */
const OTHERS = {
  name: 'other-agreements',
  text: `SELECT ${COLUMNS} FROM consent
          WHERE tenant = $1 AND sub = $2 AND grant_id <> $3
            AND (client_id, coalesce(member, '')) = (SELECT client_id, coalesce(member, '') FROM consent
                                                      WHERE tenant = $1 AND sub = $2 AND grant_id = $3)
            AND (revoked_at IS NULL OR revoked_at > now() - make_interval(months => ${EARLIER_MONTHS}))
            AND until > now() - make_interval(months => ${EARLIER_MONTHS})
          ORDER BY granted_at DESC LIMIT 50`,
};

/** @returns undefined when this login has no such consent */
export async function findAgreement(
  pool: Pool,
  tenant: string,
  sub: string,
  grantId: string,
): Promise<Agreement | undefined> {
  return (await pool.query<Agreement>({ ...ONE, values: [tenant, sub, grantId] })).rows[0];
}

/** @returns the other consents of the login for the same app and person, newest first */
export async function otherAgreements(pool: Pool, tenant: string, agreement: Agreement) {
  const values = [tenant, agreement.sub, agreement.grantId];
  return (await pool.query<Agreement>({ ...OTHERS, values })).rows;
}
