/**
 * Patch of `RefreshToken.find`: at the token endpoint a refresh token also has the narrower scopes that are requested.
 *
 * Why: oidc-provider compares scopes as texts. By SMART's meaning `patient/Observation.r` lies within
 * `patient/*.read`, so an app that was granted the wider scope may ask for the narrower one (checklist item 76). The
 * rotated refresh token has the granted scope again.
 * Upstream would have to offer: a function that compares requested with granted scopes.
 */
import Provider, { type KoaContextWithOIDC, type RefreshToken } from 'oidc-provider';
import { splitScope } from '@patient-access/smart';
import { narrowerScope } from '../../domain/scopes/narrower-scope.ts';
import { refuseScopes } from '../authorization/scopes.ts';
import type { TokenFinder } from './token-finder.ts';

/** Adds the requested scopes to those of the token, for this request. */
function addRequestedScopes(ctx: KoaContextWithOIDC, token: RefreshToken): void {
  const { params, client } = ctx.oidc;
  const requested = params?.['scope'];
  if (!params || typeof requested !== 'string' || token.clientId !== client?.clientId) return;
  const scope = refuseScopes(() => narrowerScope(token.scope ?? '', requested));
  params['scope'] = scope;
  const scopes = new Set([...token.scopes, ...splitScope(scope)]);
  Object.defineProperty(token, 'scopes', { value: scopes });
}

export function acceptNarrowerScopes(provider: Provider): void {
  const model = provider.RefreshToken as unknown as TokenFinder<RefreshToken>;
  const find = model.find.bind(model);
  model.find = async (...args) => {
    const token = await find(...args);
    const { ctx } = Provider;
    if (token && ctx?.oidc.route === 'token') addRequestedScopes(ctx, token);
    return token;
  };
}
