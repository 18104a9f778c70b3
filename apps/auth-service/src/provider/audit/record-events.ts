/** Records access events about tokens, launches and refused authorizations, before the response leaves. */
import type { AccessEvent } from '@patient-access/events';
import type { AccessToken, ClientCredentials, KoaContextWithOIDC, RefreshToken } from 'oidc-provider';
import { newAccessEvent } from '../../domain/audit/access-event.ts';
import { OncePerMinute } from '../../domain/audit/once-per-minute.ts';
import type { Consents } from '../../domain/consent/consents.ts';
import { tokenId } from '../adapters/record-adapter.ts';
import type { SharedServices } from '../shared-services.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

type EventFields = Pick<AccessEvent, 'kind' | 'action' | 'outcome'> & Partial<AccessEvent>;

/** The error detail of oidc-provider and of our adapter for the second use of a code or token. */
const REUSE = /already (consumed|used)$/;

function ofAccessToken(token: AccessToken | ClientCredentials): Partial<AccessEvent> {
  const { scope, extra, jti } = token;
  const known = jti.startsWith('sha256.') ? jti : tokenId(jti);
  return {
    grantId: (token as AccessToken).grantId,
    scope,
    token: known,
    member: extra?.['patient'] as string | undefined,
    released: (extra?.['sensitive'] as string[] | undefined) ?? [],
  };
}

function issued(ctx: KoaContextWithOIDC): EventFields | undefined {
  const {
    AccessToken: ofMember,
    ClientCredentials: ofClient,
    RotatedRefreshToken: rotated,
  } = ctx.oidc.entities;
  const token = ofMember ?? ofClient;
  if (ctx.status !== 200 || !token) return undefined;
  const action = ctx.state['repeated'] ? 'repeat' : rotated ? 'refresh' : 'issue';
  return { kind: 'token', action, outcome: '0', ...ofAccessToken(token) };
}

async function ofRefreshToken({ grantId, scope }: RefreshToken, consents: Consents) {
  const consent = await consents.find(grantId ?? '');
  return { grantId, scope, member: consent?.member, released: consent?.sensitive };
}

async function revoked(ctx: KoaContextWithOIDC, consents: Consents): Promise<EventFields | undefined> {
  const { AccessToken: ofMember, ClientCredentials: ofClient, RefreshToken: refresh } = ctx.oidc.entities;
  const access = ofMember ?? ofClient;
  const token = access ?? refresh;
  if (ctx.status !== 200 || !token || token.clientId !== ctx.oidc.client?.clientId) return undefined;
  if (access) return { kind: 'token', action: 'revoke', outcome: '0', ...ofAccessToken(access) };
  // Revoking a refresh token ends its grant, because the app has given up the member's consent.
  const ended = { kind: 'consent', action: 'revoke', reason: 'app', by: 'app' } as const;
  return { ...ended, outcome: '0', ...(await ofRefreshToken(token as RefreshToken, consents)) };
}

/** Sets the launch event that is recorded before the response to this request leaves. */
export function setLaunchEvent(ctx: KoaContextWithOIDC, recorded: Omit<EventFields, 'kind'>): void {
  ctx.state['launch'] = { ...recorded, kind: 'launch' };
}

/**
 * An authorization request that is answered with an error page. In most cases its redirect URI is not registered
 * (case O01).
 */
function refused(ctx: KoaContextWithOIDC): EventFields | undefined {
  const { client } = ctx.oidc;
  const reason = ctx.state['refused'] as string | undefined;
  if (ctx.status !== 400 || !client || !reason) return undefined;
  return { kind: 'authorization', action: 'refuse', outcome: '8', reason: reason.replaceAll('_', '-') };
}

async function eventToRecord(ctx: KoaContextWithOIDC, consents: Consents): Promise<EventFields | undefined> {
  if (ctx.state['launch']) return ctx.state['launch'] as EventFields;
  const route = (ctx.oidc as KoaContextWithOIDC['oidc'] | undefined)?.route;
  if (route === 'revocation') return revoked(ctx, consents);
  if (route === 'authorization') return refused(ctx);
  if (route !== 'token') return undefined;
  if (ctx.state['reuse']) return { kind: 'token', action: 'reuse', outcome: '8', reason: 'already-used' };
  return issued(ctx);
}

/** Keeps the reason why an authorization request was refused, for the event. */
export function keepRefusalReason(ctx: KoaContextWithOIDC, { message }: Error): void {
  ctx.state['refused'] = message;
}

/** Marks a token request that was refused because its code or refresh token had been used before. */
export function markReuse(ctx: KoaContextWithOIDC, error: { error_detail?: string }): void {
  if (REUSE.test(error.error_detail ?? '')) ctx.state['reuse'] = true;
}

function eventOf(ctx: KoaContextWithOIDC, tenant: Tenant, recorded: EventFields): AccessEvent {
  const { client, entities } = ctx.oidc;
  const sub = entities.AccessToken?.accountId ?? entities.RefreshToken?.accountId;
  const context = { requestId: ctx.get('x-request-id'), tenant, address: ctx.ip, client, sub };
  return newAccessEvent(context, recorded);
}

/**
 * The event of a token response, for a caller that stores it together with the tokens and then sets `state.recorded`.
 */
export function tokenEvent(ctx: KoaContextWithOIDC, tenant: Tenant): AccessEvent {
  const recorded = issued(ctx);
  if (!recorded) throw new Error('no token was issued');
  return eventOf(ctx, tenant, recorded);
}

/** The event of a request could not be stored, for whatever reason: nothing is issued, and the app can try again. */
export class NotRecorded extends Error {}

/**
 * Middleware that records the event of a request.
 *
 * @throws NotRecorded when it cannot be stored
 */
export function recordEvents(services: SharedServices, tenant: Tenant, consents: Consents) {
  const refusals = new OncePerMinute();
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    try {
      if (ctx.state['recorded']) return;
      const recorded = await eventToRecord(ctx, consents);
      if (!recorded) return;
      const { client } = ctx.oidc;
      if (recorded.kind === 'authorization' && !refusals.isFirst(`${client?.clientId} ${ctx.ip}`)) return;
      await services.outbox.record(eventOf(ctx, tenant, recorded));
    } catch (error) {
      throw new NotRecorded('an event was not recorded', { cause: error });
    }
  };
}
