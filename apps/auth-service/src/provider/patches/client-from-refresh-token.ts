/**
 * Patch of `Client.find`: a refresh request without a `client_id` is made for the client of its refresh token.
 *
 * Why: SMART's refresh request has no `client_id` ("Refresh access token", parameters), and public apps that are made
 * with SMART JS send none. oidc-provider refuses such a request. The refresh token says which client it belongs to.
 * Whether that client has to authenticate is decided as for any request.
 * Upstream would have to offer: a function that names the client of a request, called before client authentication.
 */
import Provider, { errors } from 'oidc-provider';
import type { RequestContext, RequestParameters } from './request-parameters.ts';

/** Takes the place of the missing `client_id`. No client has this id, because ids have no spaces. */
const PLACEHOLDER = 'client of the refresh token';

/** Puts the placeholder into a refresh request that neither names nor authenticates a client. */
export function markMissingClientId({ route, ctx }: RequestContext, parameters: RequestParameters): void {
  const { grant_type, refresh_token, client_id, client_secret, client_assertion } = parameters;
  if (route !== 'token' || grant_type !== 'refresh_token' || typeof refresh_token !== 'string') return;
  if ([client_id, client_secret, client_assertion, ctx.headers.authorization].some(Boolean)) return;
  parameters['client_id'] = PLACEHOLDER;
}

/** Does the request name no client, so that its refresh token has to? */
export const isClientOfRefreshToken = (parameters: RequestParameters | undefined): boolean =>
  parameters?.['client_id'] === PLACEHOLDER;

/**
 * @returns the id of the client to look up: `clientId`, or the refresh token's client for the placeholder
 * @throws InvalidGrant when there is no such refresh token
 */
async function resolveClientId(provider: Provider, clientId: string): Promise<string> {
  const parameters = Provider.ctx?.oidc.params;
  if (clientId !== PLACEHOLDER || !isClientOfRefreshToken(parameters)) return clientId;
  const token = await provider.RefreshToken.find(String(parameters?.['refresh_token']));
  if (!token?.clientId) throw new errors.InvalidGrant('refresh token not found');
  return token.clientId;
}

/**
 * Makes `Client.find` look up the client of the refresh token for requests that {@link markMissingClientId} has
 * marked.
 */
export function findClientOfRefreshToken(provider: Provider): void {
  const { Client } = provider;
  const find = Client.find.bind(Client);
  Client.find = async (id) => find(await resolveClientId(provider, id));
}
