/** Records access events about tokens, launches and refused authorizations, before the response leaves. */
import type { AccessEvent } from '@patient-access/events';
import { attemptOf, noteReason, noteRecorded } from '@patient-access/platform';
import { GATEWAY_CLIENT_ID } from '@patient-access/smart';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { type Happened, newAccessEvent, SEEN_BY_NO_APP } from '../../domain/audit/access-event.ts';
import { EventsPerMinute } from '../../domain/audit/events-per-minute.ts';
import { findEndedToken, grantAskedFor, type GrantSourceModel } from '../../domain/grants/ended-records.ts';
import { callerOfEndedToken, callerOfGrant } from './known-callers.ts';
import { recordId } from '../adapters/record-id.ts';
import { ofAccessToken } from './of-access-token.ts';
import type { SharedServices } from '../shared-services.ts';
import { stateOfRequest } from '../request-state.ts';
import { accessTokenIn } from '../tokens/bearer-token.ts';
import { asCode, keepRefusal, noteAttempt } from './note-attempt.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/** The error detail of oidc-provider and of our adapter for the second use of a code or token. */
const REUSE = /already (consumed|used)$/;

function issued(ctx: KoaContextWithOIDC): Happened | undefined {
  const {
    AccessToken: ofMember,
    ClientCredentials: ofClient,
    RotatedRefreshToken: rotated,
  } = ctx.oidc.entities;
  const token = ofMember ?? ofClient;
  if (ctx.status !== 200 || !token) return undefined;
  const action = stateOfRequest(ctx).repeated ? 'repeat' : rotated ? 'refresh' : 'issue';
  return { kind: 'token', action, outcome: '0', ...ofAccessToken(token) };
}

/** Sets the launch event that is recorded before the response to this request leaves. */
export function setLaunchEvent(ctx: KoaContextWithOIDC, recorded: Omit<Happened, 'kind' | 'released'>): void {
  stateOfRequest(ctx).launchEvent = { ...recorded, kind: 'launch', ...SEEN_BY_NO_APP };
}

/**
 * Refused launches of one app and address that have an event each in one minute. Anybody with an old launch, or with an app, can
 * have launches refused as often as she likes.
 */
const REFUSED_LAUNCHES = 30;

/** What the form of an event has room for. */
const MAX_REASON_CHARACTERS = 64;

/**
 * An authorization request that is answered with an error page. In most cases its redirect URI is not registered
 * (case O01).
 */
function refused(ctx: KoaContextWithOIDC): Happened | undefined {
  const { client } = ctx.oidc;
  const { thrown } = stateOfRequest(ctx);
  if (ctx.status !== 400 || !client || !thrown?.message) return undefined;
  return {
    kind: 'authorization',
    action: 'refuse',
    outcome: '8',
    reason: asCode(thrown.message).slice(0, MAX_REASON_CHARACTERS),
    ...SEEN_BY_NO_APP,
  };
}

/** Members and tokens that an answer speaks of: `userinfo` to the app, introspection to whoever asks about a token. */
function disclosed(ctx: KoaContextWithOIDC): Happened | undefined {
  const { AccessToken: ofMember, ClientCredentials: ofClient } = ctx.oidc.entities;
  const token = ofMember ?? ofClient;
  const of = token ? ofAccessToken(token) : SEEN_BY_NO_APP;
  return { kind: 'account', action: `read-${ctx.oidc.route}`, outcome: '0', ...of };
}

/** @param body of an answer of introspection: JSON, or a JWT (RFC 9701) */
function isActive(body: unknown): boolean {
  if (typeof body !== 'string') return (body as { active?: boolean }).active === true;
  const claims = JSON.parse(Buffer.from(body.split('.')[1] ?? '', 'base64url').toString()) as {
    token_introspection?: { active?: boolean };
  };
  return claims.token_introspection?.active === true;
}

/** A token that is not live, and one that the caller may not ask about, get the same answer: the trail has them all. */
function introspected(ctx: KoaContextWithOIDC): Happened | undefined {
  const attempt = attemptOf({ raw: ctx.req });
  // The gateway accounts for the request that it asks about.
  attempt.isPassedOn = ctx.oidc.client?.clientId === GATEWAY_CLIENT_ID;
  if (attempt.isPassedOn) return undefined;
  if (ctx.status !== 200) return undefined;
  if (isActive(ctx.body)) return disclosed(ctx);
  keepRefusal(ctx, { error: 'token_inactive' });
  return undefined;
}

function eventToRecord(ctx: KoaContextWithOIDC): Happened | undefined {
  const { launchEvent, thrown } = stateOfRequest(ctx);
  if (launchEvent) return launchEvent;
  const route = (ctx.oidc as KoaContextWithOIDC['oidc'] | undefined)?.route;
  // What was revoked has its event already (domain/consent/end-given-up.ts). The client does not learn that nothing was (RFC 7009).
  if (route === 'revocation' && ctx.status === 200) keepRefusal(ctx, { error: 'token_unknown' });
  if (route === 'introspection') return introspected(ctx);
  if (route === 'userinfo') return ctx.status === 200 ? disclosed(ctx) : undefined;
  if (route === 'authorization') return refused(ctx);
  if (route !== 'token') return undefined;
  if (REUSE.test(thrown?.error_detail ?? ''))
    return { kind: 'token', action: 'reuse', outcome: '8', reason: 'already-used', ...SEEN_BY_NO_APP };
  return issued(ctx);
}

function eventOf(ctx: KoaContextWithOIDC, tenant: Tenant, recorded: Happened): AccessEvent {
  const { entities } = ctx.oidc;
  const client = stateOfRequest(ctx).introspects ?? ctx.oidc.client;
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

/** The grant of a code or refresh token that was refused: of the client that sent it, or of another one. */
async function findGrantAskedFor(
  ctx: KoaContextWithOIDC,
  { pool }: SharedServices,
  tenant: Tenant,
): Promise<void> {
  const { code, refresh_token: refresh } = ctx.oidc.params ?? {};
  const model: GrantSourceModel = typeof code === 'string' ? 'AuthorizationCode' : 'RefreshToken';
  const value = code ?? refresh;
  if (ctx.oidc.route !== 'token' || typeof value !== 'string') return;
  const asked = await grantAskedFor(pool, [tenant.id, model, recordId(value)]);
  if (asked) stateOfRequest(ctx).grantAskedFor = callerOfGrant(tenant, asked, ctx.oidc.client?.clientId);
}

/** Whose token it was, where a token was once issued here. */
async function findEndedTokenOf(
  ctx: KoaContextWithOIDC,
  { pool }: SharedServices,
  tenant: Tenant,
): Promise<void> {
  const token = accessTokenIn(ctx.get('authorization'));
  const ended = token === undefined ? undefined : await findEndedToken(pool, tenant.id, token);
  if (!ended) return;
  const attempt = attemptOf({ raw: ctx.req });
  attempt.known = { tenant: tenant.id, caller: callerOfEndedToken(tenant, ended) };
  attempt.reason = ended.why;
}

/** Endpoints whose good answers speak of nobody: what comes of a pushed request leaves its own events. */
const WITHOUT_EVENT = new Set([
  'jwks',
  'discovery',
  'pushed_authorization_request',
  'authorization',
  'resume',
]);

function needsEvent(ctx: KoaContextWithOIDC): boolean {
  const attempt = attemptOf({ raw: ctx.req });
  const { route = '' } = (ctx.oidc as KoaContextWithOIDC['oidc'] | undefined) ?? {};
  const isGood = ctx.status >= 200 && ctx.status < 300;
  return (
    isGood &&
    !attempt.isRecorded &&
    !attempt.isPassedOn &&
    !attempt.isRefused &&
    !WITHOUT_EVENT.has(route) &&
    ctx.method !== 'OPTIONS'
  );
}

/** Notes for the edge that an answer needs no further event. @throws Error for a good answer that has none and needs one */
function closeAttempt(ctx: KoaContextWithOIDC): void {
  if (needsEvent(ctx)) throw new Error(`no event of ${ctx.method} ${ctx.path}`);
  const attempt = attemptOf({ raw: ctx.req });
  if (ctx.status < 400 && !attempt.isRefused) noteRecorded({ raw: ctx.req }, { isRefusal: false });
}

/** The edge counts it by the reason that its event would have. What an authorization is refused for has a code ({@link keepRefusal}). */
function keepReason(ctx: KoaContextWithOIDC, { kind, reason }: Happened): void {
  if (kind === 'launch' && reason !== undefined) noteReason({ raw: ctx.req }, reason);
}

/**
 * Middleware that records the event of a request, and notes for the edge what is known of it.
 *
 * @throws NotRecorded when it cannot be stored, and for a good answer that has none
 */
export function recordEvents(services: SharedServices, tenant: Tenant) {
  const refusals: Partial<Record<Happened['kind'], EventsPerMinute>> = {
    authorization: new EventsPerMinute(1),
    launch: new EventsPerMinute(REFUSED_LAUNCHES),
  };
  const record = async (ctx: KoaContextWithOIDC): Promise<void> => {
    if (stateOfRequest(ctx).recorded) return;
    const recorded = eventToRecord(ctx);
    if (!recorded) return;
    const limit = recorded.outcome === '0' ? undefined : refusals[recorded.kind];
    const mayHaveOwn = limit?.mayHaveOwn(`${ctx.oidc.client?.clientId} ${ctx.ip}`) ?? true;
    if (!mayHaveOwn) return keepReason(ctx, recorded);
    await services.outbox.record(eventOf(ctx, tenant, recorded));
    noteRecorded({ raw: ctx.req }, { isRefusal: recorded.outcome !== '0' });
  };
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const state = stateOfRequest(ctx);
    try {
      // Whose answer it is has to be known when the client leaves while its event is stored.
      if (state.refusal === undefined) noteAttempt(ctx, tenant);
      if (state.recorded) noteRecorded({ raw: ctx.req }, { isRefusal: ctx.status >= 400 });
      await record(ctx);
      if (state.refusal !== undefined) await findGrantAskedFor(ctx, services, tenant);
      if (ctx.status === 401) await findEndedTokenOf(ctx, services, tenant);
      noteAttempt(ctx, tenant);
      closeAttempt(ctx);
    } catch (error) {
      throw new NotRecorded('an event was not recorded', { cause: error });
    }
  };
}
