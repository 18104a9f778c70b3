/**
 * Finds the claims of a live access token with one look-up. They are the claims of oidc-provider's introspection
 * endpoint.
 */
import { type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import type { TokenClaims } from '@patient-access/smart';
import { findAdmitted } from '../../domain/clients/clients.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { tokenId } from '../adapters/record-adapter.ts';
import { grantRecordId } from '../../domain/grants/records.ts';

/**
 * A member's token is live only while its grant is: a code that was redeemed during a revocation can leave a token
 * without a grant (case O33). The token of a backend service is live while its client is.
 */
const FIND: BatchStatement = {
  name: 'live-token-find',
  text: `SELECT k.n, t.model, t.payload
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n),
                LATERAL (SELECT model, payload, grant_id FROM valid_record
                          WHERE tenant = k.tenant AND model IN ('AccessToken', 'ClientCredentials') AND id = k.id
                          LIMIT 1) t
          WHERE t.model = 'ClientCredentials'
             OR EXISTS (SELECT 1 FROM valid_record g WHERE g.tenant = k.tenant AND g.model = 'Grant'
                           AND g.id = ${grantRecordId('t.grant_id')})`,
};

/** The members of a stored access token that introspection reports. */
interface StoredToken {
  clientId: string;
  accountId?: string;
  grantId?: string;
  exp: number;
  iat: number;
  aud: string;
  scope?: string;
  /** thumbprint of the key to which the token is bound (RFC 9449) */
  jkt?: string;
  extra: Partial<TokenClaims>;
}

/**
 * @param issuer of the tenant
 * @returns the claims of an RFC 7662 response, and the grant of a member's token; undefined when the token is not live
 */
export async function findLiveToken(
  pool: Pool,
  { id: tenant, issuer }: { id: string; issuer: string },
  token: string,
): Promise<{ claims: Record<string, unknown>; grantId?: string } | undefined> {
  const row = await findInBatch<{ model: string; payload: string }>(pool, FIND, [tenant, digest(token)]);
  if (!row) return undefined;
  const { clientId, accountId, grantId, exp, iat, aud, scope, jkt, extra } = JSON.parse(
    row.payload,
  ) as StoredToken;
  if (!(await findAdmitted(pool, tenant, clientId))) return undefined;
  const bound = jkt !== undefined && { cnf: { jkt } };
  const common = {
    active: true,
    client_id: clientId,
    exp,
    iat,
    iss: issuer,
    jti: tokenId(token),
    aud,
    scope,
  };
  const token_type = bound ? 'DPoP' : 'Bearer';
  return { claims: { sub: accountId, ...extra, ...common, token_type, ...bound }, grantId };
}
