/** Callers of this server's own endpoints that authenticate with an access token. */
import type Provider from 'oidc-provider';
import type { AccessToken, Client, ClientCredentials } from 'oidc-provider';

/** One b64token of the length of an access token (RFC 6750 section 2.1). The gateway reads the same. */
const BEARER = /^Bearer ([A-Za-z0-9\-._~+/]{16,512}=*)$/i;

/**
 * @param authorization header of a request
 * @returns what may be an access token; undefined: it holds none
 */
export const accessTokenIn = (authorization = ''): string | undefined => BEARER.exec(authorization)?.[1];

export interface TokenHolder {
  token: AccessToken | ClientCredentials;
  client: Client;
}

/** @returns the live token of this tenant in the Authorization header, and its client; undefined if there is none */
export async function findTokenHolder(
  provider: Provider,
  authorization?: string,
): Promise<TokenHolder | undefined> {
  const value = accessTokenIn(authorization);
  if (value === undefined) return undefined;
  const [access, own] = await Promise.all([
    provider.AccessToken.find(value),
    provider.ClientCredentials.find(value),
  ]);
  const token = access ?? own;
  // A token that is bound to a key needs a proof of possession, which these endpoints do not accept (case S22).
  if (!token?.isValid || !token.clientId || token.isSenderConstrained()) return undefined;
  const [client, grant] = await Promise.all([
    provider.Client.find(token.clientId),
    access?.grantId === undefined ? true : provider.Grant.find(access.grantId),
  ]);
  return client && grant ? { token, client } : undefined;
}

/**
 * The challenge of a 401. Whoever sent no credentials made no error, so the challenge names none (RFC 6750 section 3.1).
 *
 * @param authorization header of the request
 */
export const bearerChallenge = (realm: string, authorization: string | undefined) => ({
  'www-authenticate':
    authorization === undefined
      ? `Bearer realm="${realm}"`
      : `Bearer realm="${realm}", error="invalid_token"`,
});
