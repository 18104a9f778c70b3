/**
 * Finds the claims of a live access token with one look-up, which also says whether its client is served. The claims are those of
 * oidc-provider's introspection endpoint.
 */
import { type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import type { TokenClaims } from '@patient-access/smart';
import { admittedClient } from '../../domain/clients/clients.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { tokenId } from '../adapters/record-id.ts';
import { grantRecordId, readableJson } from '../../domain/grants/records.ts';
import { mayHaveFault } from '../../domain/sandbox/sandbox-faults.ts';

/**
 * A member's token is live only while its grant is: a code that was redeemed during a revocation can leave a token
 * without a grant (case O33). The token of a backend service is live while its client is.
 */
const FIND: BatchStatement = {
  name: 'live-token-find',
  text: `SELECT k.n, t.payload, ${mayHaveFault('t.grant_id')} AS "mayHaveFault",
                c.id IS NOT NULL AS "isAdmitted"
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n)
                CROSS JOIN LATERAL (SELECT model, payload, grant_id FROM valid_record
                                     WHERE tenant = k.tenant AND model IN ('AccessToken', 'ClientCredentials')
                                       AND id = k.id
                                     LIMIT 1) t
                CROSS JOIN LATERAL (SELECT ${readableJson('t.payload')} ->> 'clientId' AS client_id) p
                LEFT JOIN LATERAL (${admittedClient('p.client_id')}) c ON true
          WHERE t.model = 'ClientCredentials'
             OR EXISTS (SELECT 1 FROM valid_record g WHERE g.tenant = k.tenant AND g.model = 'Grant'
                           AND g.id = ${grantRecordId('t.grant_id')})`,
};

interface Row {
  payload: string;
  mayHaveFault: boolean;
  /** whether the token's client is served */
  isAdmitted: boolean;
}

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

interface LiveToken {
  /** of an RFC 7662 response */
  claims: Record<string, unknown>;
  /** of a member's token */
  grantId?: string | undefined;
  /** whether the sandbox has to be asked: see `SandboxFaults.take` */
  mayHaveFault: boolean;
}

/**
 * @param issuer of the tenant
 * @returns undefined when the token is not live
 */
export async function findLiveToken(
  pool: Pool,
  { id: tenant, issuer }: { id: string; issuer: string },
  token: string,
): Promise<LiveToken | undefined> {
  const row = await findInBatch<Row>(pool, FIND, [tenant, digest(token)]);
  if (!row?.isAdmitted) return undefined;
  const { clientId, accountId, grantId, exp, iat, aud, scope, jkt, extra } = JSON.parse(
    row.payload,
  ) as StoredToken;
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
  const claims = { sub: accountId, ...extra, ...common, token_type, ...bound };
  return { claims, grantId, mayHaveFault: row.mayHaveFault };
}
