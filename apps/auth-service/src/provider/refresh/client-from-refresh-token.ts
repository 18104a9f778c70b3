/**
 * Refreshing without a `client_id`: SMART's refresh request has none ("Refresh access token", parameters), and apps made
 * with SMART JS send none when they are public. The token says whose it is; whether that client has to authenticate is
 * judged as for any request.
 */
import Provider, { errors, type KoaContextWithOIDC, type OIDCContext } from 'oidc-provider';

/** Stands where the `client_id` would. It is nobody's: ids have no spaces. */
const UNNAMED = 'of the refresh token';

type Params = Record<string, unknown>;

/** What the engine knows of a request; its own types leave `ctx` out. */
export type Context = OIDCContext & { ctx: KoaContextWithOIDC };

/** To be called with the parameters of every request, before its client is looked for. */
export function markUnnamedClient({ route, ctx }: Context, params: Params): void {
  const { grant_type, refresh_token, client_id, client_secret, client_assertion } = params;
  if (route !== 'token' || grant_type !== 'refresh_token' || typeof refresh_token !== 'string') return;
  if ([client_id, client_secret, client_assertion, ctx.headers.authorization].some(Boolean)) return;
  params['client_id'] = UNNAMED;
}

/**
 * @param clientId of a request, or what stands there of one without
 * @returns the id of the client to look for
 * @throws InvalidGrant when there is no such refresh token
 */
export async function nameClient(provider: Provider, clientId: string): Promise<string> {
  const params = Provider.ctx?.oidc.params;
  if (clientId !== UNNAMED || params?.['client_id'] !== UNNAMED) return clientId;
  const token = await provider.RefreshToken.find(String(params['refresh_token']));
  if (!token?.clientId) throw new errors.InvalidGrant('refresh token not found');
  return token.clientId;
}
