/** Refreshing: with less than was granted (SMART checklist item 76), and only while the member is there (79). */
import { splitScope } from '@patient-access/smart';
import Provider, { type Client, type KoaContextWithOIDC, type RefreshToken } from 'oidc-provider';
import { narrowerScope } from '../../domain/scopes/narrower-scope.ts';
import { refuseScopes } from '../authorization/scopes.ts';

/** A refresh token comes with either scope; which of them a client may have was decided when it was accepted. */
export function issueRefreshToken(
  _ctx: KoaContextWithOIDC,
  _client: Client,
  { scopes }: { scopes: Set<string> },
): boolean {
  return scopes.has('offline_access') || scopes.has('online_access');
}

/** Is the login session that an `online_access` token stands on over, or somebody else's by now? */
async function isLeft(provider: Provider, token: RefreshToken & { sessionUid?: string }): Promise<boolean> {
  if (!token.scopes.has('online_access')) return false;
  const session = await provider.Session.findByUid(token.sessionUid ?? '');
  return session?.accountId !== token.accountId;
}

/**
 * The engine compares scopes as texts: here the token that is being refreshed answers to the narrower ones as well.
 * What comes of it by rotation has the granted scope again.
 */
function answerToNarrower(ctx: KoaContextWithOIDC, token: RefreshToken): void {
  const { params, client } = ctx.oidc;
  const asked = params?.['scope'];
  if (!params || typeof asked !== 'string' || token.clientId !== client?.clientId) return;
  const scope = refuseScopes(() => narrowerScope(token.scope ?? '', asked));
  params['scope'] = scope;
  const scopes = new Set([...token.scopes, ...splitScope(scope)]);
  Object.defineProperty(token, 'scopes', { value: scopes });
}

/** Adds both rules to the engine's way of finding a refresh token, before it is used up. */
export function watchRefreshTokens(provider: Provider): void {
  const { RefreshToken: model } = provider;
  const find = model.find.bind(model) as (...args: unknown[]) => Promise<RefreshToken | undefined>;
  Object.defineProperty(model, 'find', {
    value: async (...args: unknown[]) => {
      const token = await find(...args);
      if (!token || (await isLeft(provider, token))) return undefined;
      const { ctx } = Provider;
      if (ctx?.oidc.route === 'token') answerToNarrower(ctx, token);
      return token;
    },
  });
}

/** The grant answers to them too, for this request: they are part of it, as {@link watchRefreshTokens} has seen to. */
export function admitNarrower({ oidc }: KoaContextWithOIDC, resource: string): void {
  const { Grant: grant, RefreshToken: token } = oidc.entities;
  const asked = oidc.params?.['scope'];
  if (grant && token && oidc.route === 'token' && typeof asked === 'string')
    grant.addResourceScope(resource, asked);
}
