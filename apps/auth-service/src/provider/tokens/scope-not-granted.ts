/** Beside a token, and at a push: which of the scopes that the app asked for it does not get, and why. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { type NotGranted, notGranted } from '../../domain/scopes/not-granted.ts';
import { APPROVED_SCOPE } from '../../domain/clients/metadata.ts';
import { ASKED_SCOPE } from '../authorization/audience.ts';
import { stateOfRequest } from '../request-state.ts';

const member = (found: NotGranted[]): { scope_not_granted?: NotGranted[] } =>
  found.length > 0 ? { scope_not_granted: found } : {};

function registrationOf({ oidc: { client } }: KoaContextWithOIDC) {
  const approved = client?.[APPROVED_SCOPE];
  return {
    refreshable: client?.grantTypeAllowed('refresh_token') === true,
    ...(typeof approved === 'string' && { approved }),
  };
}

/** @returns the members for the token response; none where the app itself asks for less, at a refresh */
export function notGrantedMembers(ctx: KoaContextWithOIDC): { scope_not_granted?: NotGranted[] } {
  const { asked } = stateOfRequest(ctx);
  const { grant_type: grant, scope } = ctx.oidc.params ?? {};
  if (!asked || (grant === 'refresh_token' && scope !== undefined)) return {};
  return member(notGranted(asked.scope, asked.granted, registrationOf(ctx)));
}

/** @returns the members for the answer to a pushed request, whose scope holds what can be granted */
export function notGrantableMembers(ctx: KoaContextWithOIDC): { scope_not_granted?: NotGranted[] } {
  const { [ASKED_SCOPE]: asked, scope } = ctx.oidc.params ?? {};
  return member(notGranted(String(asked ?? ''), String(scope ?? ''), registrationOf(ctx)));
}
