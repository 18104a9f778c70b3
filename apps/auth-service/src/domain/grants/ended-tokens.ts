/** Access tokens that were issued here and are no good any more: who had them, for the audit trail. */
import { type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import { digest } from '../keys/secrets.ts';

/** The token's own end came, or it was ended before: by a revocation, a ban, or the end of its grant. */
type TokenEnd = 'token-expired' | 'token-ended';

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

/**
 * The table has what was deleted (a trigger keeps it); a record that is still there has expired, or its grant, its plan or
 * its client is not good.
 */
const FIND: BatchStatement = {
  name: 'ended-token-find',
  text: `SELECT k.n, t.why, t.client_id AS "clientId", t.grant_id AS "grantId", c.client_name AS "clientName",
                c.sub, c.member, c.sensitive_labels AS labels
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n)
           CROSS JOIN LATERAL (SELECT client_id, grant_id,
                                CASE WHEN good_until <= ended_at THEN 'token-expired' ELSE 'token-ended' END AS why
                           FROM ended_token WHERE tenant = k.tenant AND id = k.id
                         UNION ALL
                         SELECT payload::json ->> 'clientId', payload::json ->> 'grantId',
                                CASE WHEN expires_at <= now() THEN 'token-expired' ELSE 'token-ended' END
                           FROM oidc_record
                          WHERE tenant = k.tenant AND id = k.id AND model IN ('AccessToken', 'ClientCredentials')
                         LIMIT 1) t
           LEFT JOIN consent c ON c.tenant = k.tenant AND c.grant_id = t.grant_id`,
};

/** @returns undefined for what was never issued here, or ended more than 30 days ago */
export const findEndedToken = (pool: Pool, tenant: string, token: string): Promise<EndedToken | undefined> =>
  findInBatch<EndedToken>(pool, FIND, [tenant, digest(token)]);
