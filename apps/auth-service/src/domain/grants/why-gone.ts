/** Why a code or refresh token does not work any more, for the client that it was given to. */
import type { Pool } from '@patient-access/database';
import type { EndReason } from './records.ts';

export type GrantSourceModel = 'AuthorizationCode' | 'RefreshToken';

/** A code or refresh token that cannot be used, and what became of its consent. */
export interface GoneRecord {
  clientId: string;
  /** it was used before */
  used: boolean;
  /** its own time has passed */
  expired: boolean;
  /** it works only as long as the login lasts */
  online: boolean;
  /** its consent was ended before its time, and by what */
  endReason: EndReason | null;
  /** the time of its consent, or of the relation that it stands on, has passed */
  isConsentOver: boolean;
}

/**
 * Looks at what is still stored, whether or not it is good, and at what is left of what is gone. It is asked after a
 * refusal only, so it is no way to use anything.
 */
const WHY_GONE = {
  name: 'record-why-gone',
  text: `SELECT r.client_id AS "clientId", r.used, r.expired, r.online,
                CASE WHEN c.revoked_at <= c.until THEN c.end_reason END AS "endReason",
                coalesce(least(c.until, c.over_at) <= now(), false) AS "isConsentOver"
           FROM (SELECT payload::json ->> 'clientId' AS client_id, grant_id, consumed_at IS NOT NULL AS used,
                        expires_at <= now() AS expired,
                        coalesce(payload::json ->> 'scope', '') ~ '(^| )online_access( |$)' AS online
                   FROM oidc_record WHERE tenant = $1 AND model = $2 AND id = $3
                 UNION ALL
                 SELECT client_id, grant_id, used, true, false FROM ended_record
                  WHERE tenant = $1 AND model = $2 AND id = $3) r
           LEFT JOIN consent c ON c.tenant = $1 AND c.grant_id = r.grant_id
          LIMIT 1`,
};

/**
 * @param id digest of the code or refresh token
 * @returns undefined if there never was one with this value, or too long ago
 */
export async function whyGone(
  pool: Pool,
  key: [tenant: string, model: GrantSourceModel, id: string],
): Promise<GoneRecord | undefined> {
  return (await pool.query<GoneRecord>({ ...WHY_GONE, values: key })).rows[0];
}
