/** Puts what an app's developer has to know into every refusal of the authorization server. */
import { noteCode } from '@patient-access/platform';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { isPushedRequest } from '../authorization/pushed-request.ts';
import type { SharedServices } from '../shared-services.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { authorizationFaults, together } from './authorization-faults.ts';
import { stateOfRequest } from '../request-state.ts';
import { byStatus, explainRefusal, isAnsweredWith, knownWords } from './explain-refusal.ts';
import { grantRefusal } from './grant-refusal.ts';
import { type RefusalWords, refusalMembers } from './refusal.ts';

/** The parameters of an authorization request as they came, unless they came by reference. */
function givenIn(ctx: KoaContextWithOIDC): Record<string, string | string[] | undefined> | undefined {
  const { route, client } = ctx.oidc;
  const isPush = route === 'pushed_authorization_request';
  if (isPush ? !client : route !== 'authorization' || isPushedRequest(ctx)) return undefined;
  const all = (isPush ? (ctx.oidc.body ?? {}) : ctx.query) as Record<string, string | string[] | undefined>;
  if (!isPush && all['request_uri'] !== undefined) return undefined;
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, value === '' ? undefined : value]),
  );
}

/** The error that an authorization request was refused with, and all other faults of the request. */
function authorizationRefusal(
  ctx: KoaContextWithOIDC,
  tenant: Tenant,
  answered: { status: number; error: string; description?: string },
): RefusalWords {
  const { thrown } = stateOfRequest(ctx);
  const given = answered.error === 'invalid_client' && ctx.oidc.client ? undefined : givenIn(ctx);
  const faults = given ? authorizationFaults({ given, tenant, client: ctx.oidc.client }) : [];
  const reason = faults.find(({ code }) => isAnsweredWith(code, answered.error));
  const first = reason ?? explainRefusal(ctx, answered, thrown);
  return together([first, ...faults.filter((each) => each !== reason)]);
}

type Members = Record<string, unknown>;
type ErrorMembers = Members & { error: string; error_description?: string };

const isError = (body: unknown): body is ErrorMembers =>
  typeof body === 'object' && body !== null && typeof (body as Members)['error'] === 'string';

/** Explains errors of the authorization endpoint, which go to the app by a redirect or to a person on a page. */
export function explainAuthorization(tenant: Tenant, publicUrl: string) {
  return <Payload extends Members>(ctx: KoaContextWithOIDC, payload: Payload): Payload => {
    if (!isError(payload)) return payload;
    const { error, error_description: description } = payload;
    const refusal = authorizationRefusal(ctx, tenant, { status: 400, error, description });
    noteCode({ raw: ctx.req }, refusal.code);
    return { ...payload, ...refusalMembers(refusal, publicUrl, ctx.get('x-request-id')) };
  };
}

async function refusalOf(
  { pool }: SharedServices,
  tenant: Tenant,
  ctx: KoaContextWithOIDC,
  { error, error_description: description }: ErrorMembers,
): Promise<RefusalWords> {
  const { thrown, refusalWords } = stateOfRequest(ctx);
  const answered = { status: ctx.status, error, description };
  const own = refusalWords ?? byStatus(answered);
  if (own) return own;
  const oidc = ctx.oidc as KoaContextWithOIDC['oidc'] | undefined;
  if (oidc?.route === 'pushed_authorization_request') return authorizationRefusal(ctx, tenant, answered);
  if (error === 'invalid_grant' && !knownWords(ctx, thrown)) return grantRefusal(pool, tenant.id, ctx);
  return explainRefusal(ctx, answered, thrown);
}

/** Middleware around all others but that for failures. Pages and redirects are explained elsewhere. */
export function explainRefusals(services: SharedServices, tenant: Tenant) {
  const { PUBLIC_URL } = services.config;
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const { body } = ctx;
    if (ctx.status < 400 || !isError(body) || body['error_uri'] !== undefined) return;
    const refusal = await refusalOf(services, tenant, ctx, body);
    noteCode({ raw: ctx.req }, refusal.code);
    const { status } = ctx;
    ctx.body = { ...body, ...refusalMembers(refusal, PUBLIC_URL, ctx.get('x-request-id')) };
    ctx.status = status;
  };
}
