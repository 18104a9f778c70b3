/** Refreshing: with less than was granted (SMART checklist item 76), and only while the member is there (79). */
import { MAX_SCOPE_CHARACTERS } from '@patient-access/events';
import { covers, parseResourceScope, resourceScopes, splitScope, union } from '@patient-access/smart';
import Provider, { type Client, errors, type KoaContextWithOIDC, type RefreshToken } from 'oidc-provider';
import {
  checkParameters,
  formatScopes,
  identityScopes,
  isNamedOnly,
  readable,
} from '../authorization/scopes.ts';

/** A refresh token comes with either scope; which of them a client may have was decided when it was accepted. */
export function issueRefreshToken(
  _ctx: KoaContextWithOIDC,
  _client: Client,
  { scopes }: { scopes: Set<string> },
): boolean {
  return scopes.has('offline_access') || scopes.has('online_access');
}

/**
 * What a refresh request asks for, each scope of which has to be part of what was granted, by meaning: of
 * `patient/*.read` an app may ask for `patient/Observation.r`.
 *
 * @throws InvalidScope for anything more (RFC 6749 section 6, security case S09)
 */
export function narrowerScope(granted: string, asked: string): string {
  if (asked.length > MAX_SCOPE_CHARACTERS) throw new errors.InvalidScope('too many scopes at once', '');
  const names = new Set(splitScope(granted));
  const resources = resourceScopes(granted);
  const parts = splitScope(asked).flatMap((text) => {
    const resource = parseResourceScope(text);
    const part = resource && covers(resources, resource, isNamedOnly) ? readable(resource) : undefined;
    if (!part && !names.has(text))
      throw new errors.InvalidScope('the refresh token was not granted this scope', text);
    if (part) checkParameters(part);
    return part ?? [];
  });
  return formatScopes(identityScopes(asked), union(parts));
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
  if (typeof params?.['scope'] !== 'string' || token.clientId !== client?.clientId) return;
  params['scope'] = narrowerScope(token.scope ?? '', params['scope']);
  const scopes = new Set([...token.scopes, ...splitScope(params['scope'] as string)]);
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
