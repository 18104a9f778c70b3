/** What SMART App Launch adds to the engine's answers, and the headers that every answer carries. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { PAGE_HEADERS } from '../pages/headers.ts';
import { RESPONSE_MEMBERS } from '../launch/token-context.ts';
import { scopesSupported } from './discovery.ts';
import type { TenantContext } from '../tenant/tenant.ts';

type Next = () => Promise<void>;
type Members = Record<string, unknown>;

/** The same bytes for every path that does not exist, whichever part of the service is asked. */
export const NOT_FOUND = { message: 'Not Found', statusCode: 404 };

const ANSWERS: Record<string, (ctx: KoaContextWithOIDC, tenant: TenantContext) => void> = {
  /** SMART, "Obtain access token": launch context beside the token, `Pragma` with `Cache-Control`. */
  token(ctx) {
    ctx.set('Pragma', 'no-cache');
    const extra = ctx.oidc.entities.AccessToken?.extra;
    if (ctx.status !== 200 || extra?.['patient'] === undefined) return;
    for (const name of RESPONSE_MEMBERS) {
      if (extra[name] !== undefined) (ctx.body as Members)[name] = extra[name];
    }
  },
  discovery(ctx) {
    const members = ctx.body as Members;
    members['response_modes_supported'] = ['query'];
    members['scopes_supported'] = scopesSupported();
  },
  /** Without a grant of identity there is nothing to tell but the subject. */
  userinfo(ctx) {
    ctx.set('Pragma', 'no-cache');
  },
};

export function answers(tenant: TenantContext) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    ctx.set(PAGE_HEADERS);
    await next();
    if (ctx.status === 404 && ctx.body === undefined) {
      ctx.body = NOT_FOUND;
      ctx.status = 404;
    }
    const oidc = ctx.oidc as KoaContextWithOIDC['oidc'] | undefined;
    if (oidc) ANSWERS[oidc.route]?.(ctx, tenant);
  };
}
