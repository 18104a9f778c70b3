/**
 * Codes and tokens that were issued here and are no good any more. The table has what was deleted (a trigger keeps it); what
 * is still stored is looked at where it is. Nothing can be used by what is found here.
 */
import { type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import type { EndReason, TokenEnd } from '@patient-access/events';
import { digest } from '../keys/secrets.ts';
import { readableJson } from './records.ts';

/** Who had an access token, for the audit trail. */
export interface EndedToken {
  why: TokenEnd;
  clientId: string;
  clientName: string | null;
  /** of a member's token */
  grantId: string | null;
  sub: string | null;
  member: string | null;
  labels: string[] | null;
}

const SAID = readableJson('payload');

/** A record that is still there has expired, or its grant, its plan or its client is not good. */
const ENDED_TOKEN: BatchStatement = {
  name: 'ended-token-find',
  text: `SELECT k.n, t.why, t.client_id AS "clientId", t.grant_id AS "grantId", c.client_name AS "clientName",
                c.sub, person_of_grant(c.member, c.fhir_user) AS member, c.sensitive_labels AS labels
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n)
           CROSS JOIN LATERAL (SELECT client_id, grant_id,
                                CASE WHEN good_until <= ended_at THEN 'token-expired' ELSE 'token-ended' END AS why
                           FROM ended_record
                          WHERE tenant = k.tenant AND id = k.id AND model IN ('AccessToken', 'ClientCredentials')
                         UNION ALL
                         SELECT ${SAID} ->> 'clientId', ${SAID} ->> 'grantId',
                                CASE WHEN expires_at <= now() THEN 'token-expired' ELSE 'token-ended' END
                           FROM oidc_record
                          WHERE tenant = k.tenant AND id = k.id AND model IN ('AccessToken', 'ClientCredentials')
                         LIMIT 1) t
           LEFT JOIN consent c ON c.tenant = k.tenant AND c.grant_id = t.grant_id`,
};

/** @returns undefined for what was never issued here, or ended more than 30 days ago */
export const findEndedToken = (pool: Pool, tenant: string, token: string): Promise<EndedToken | undefined> =>
  findInBatch<EndedToken>(pool, ENDED_TOKEN, [tenant, digest(token)]);

export type GrantSourceModel = 'AuthorizationCode' | 'RefreshToken';

/** To whom a code or refresh token was given, whether it is good or gone. */
export interface GrantAskedFor {
  clientId: string;
  grantId: string | null;
  sub: string | null;
  member: string | null;
  labels: string[] | null;
}

const GRANT_ASKED_FOR: BatchStatement = {
  name: 'grant-asked-for',
  text: `SELECT k.n, r.client_id AS "clientId", r.grant_id AS "grantId", c.sub,
                person_of_grant(c.member, c.fhir_user) AS member, c.sensitive_labels AS labels
           FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k (tenant, model, id, n)
           CROSS JOIN LATERAL (SELECT ${SAID} ->> 'clientId' AS client_id, grant_id FROM oidc_record
                                WHERE tenant = k.tenant AND model = k.model AND id = k.id
                               UNION ALL
                               SELECT client_id, grant_id FROM ended_record
                                WHERE tenant = k.tenant AND model = k.model AND id = k.id
                               LIMIT 1) r
           LEFT JOIN consent c ON c.tenant = k.tenant AND c.grant_id = r.grant_id`,
};

/** @returns undefined if there never was one with this value, or too long ago */
export const grantAskedFor = (
  pool: Pool,
  key: [tenant: string, model: GrantSourceModel, id: string],
): Promise<GrantAskedFor | undefined> => findInBatch<GrantAskedFor>(pool, GRANT_ASKED_FOR, key);

/** A code or refresh token that cannot be used, and what became of its consent: for the client that it was given to. */
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

/** It is asked after a refusal only. */
const WHY_GONE = {
  name: 'record-why-gone',
  text: `SELECT r.client_id AS "clientId", r.used, r.expired, r.online,
                CASE WHEN c.revoked_at <= c.until THEN c.end_reason END AS "endReason",
                coalesce(least(c.until, c.over_at) <= now(), false) AS "isConsentOver"
           FROM (SELECT ${SAID} ->> 'clientId' AS client_id, grant_id, consumed_at IS NOT NULL AS used,
                        expires_at <= now() AS expired,
                        coalesce(${SAID} ->> 'scope', '') ~ '(^| )online_access( |$)' AS online
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
