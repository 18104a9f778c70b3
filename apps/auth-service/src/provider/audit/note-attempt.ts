/** What is known of a request to oidc-provider, for the edge: who asks, and why it was refused. */
import type { AttemptCaller } from '@patient-access/events';
import { attemptOf } from '@patient-access/platform';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { ProviderError } from '../refusals/explain-refusal.ts';
import { stateOfRequest } from '../request-state.ts';
import { callerOfClient, callerOfToken } from './known-callers.ts';

/** Refusals of a client that could not prove who it is, or need not: its id is what the request says. */
const UNPROVEN = new Set(['invalid_client']);
const UNPROVEN_ROUTES = new Set(['authorization', 'resume']);

/** @returns an error of oidc-provider in the form of the trail's reasons */
export const asCode = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

/** `invalid_grant` alone does not say whether a code was of another client, had another verifier, or is unknown. */
export function keepRefusal(ctx: KoaContextWithOIDC, { error, error_detail: detail }: ProviderError): void {
  const precise = error === 'invalid_grant' || error === 'invalid_token' ? detail : undefined;
  if (error !== undefined) stateOfRequest(ctx).refusal = asCode(precise ?? error);
  attemptOf({ raw: ctx.req }).isRefused = true;
}

/** What oidc-provider and our middleware write into the body of an error. */
const errorIn = ({ body }: KoaContextWithOIDC): string | undefined =>
  (body as { error?: string } | undefined)?.error;

/** Who shows a token at userinfo holds it. Elsewhere the token is what is asked for, or about. */
function ofToken(
  tenant: Tenant,
  { route, client, entities: { AccessToken: token } }: KoaContextWithOIDC['oidc'],
): Partial<AttemptCaller> {
  if (token && client && route === 'userinfo') return callerOfToken(tenant, { token, client });
  return token?.grantId === undefined ? {} : { grantId: token.grantId };
}

/** Notes who asks and why it was refused. Nothing is recorded yet. */
export function noteAttempt(ctx: KoaContextWithOIDC, tenant: Tenant): void {
  const attempt = attemptOf({ raw: ctx.req });
  const oidc = ctx.oidc as KoaContextWithOIDC['oidc'] | undefined;
  const error = errorIn(ctx);
  const { refusal, grantAskedFor } = stateOfRequest(ctx);
  const reason = refusal ?? (error && asCode(error));
  if (reason !== undefined) attempt.reason ??= reason;
  if (!oidc?.client || attempt.known) return;
  const isClaimed = UNPROVEN_ROUTES.has(oidc.route) || (error !== undefined && UNPROVEN.has(error));
  const caller = { ...callerOfClient(oidc.client), ...(grantAskedFor ?? ofToken(tenant, oidc)) };
  attempt.known = { tenant: tenant.id, caller, ...(isClaimed && { isClaimed }) };
}
