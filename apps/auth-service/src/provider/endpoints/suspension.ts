/** A suspended plan's authorization server answers nothing but what the other services need to say no. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { PlanSuspended, type RenderErrorPage } from './error-page.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/** Keys, metadata, and introspection, which finds no token any more (records.ts). */
const OPEN = new Set(['/keys', '/.well-known/openid-configuration', '/introspect']);
const PAGES = /^\/authorize/;

/** A pause, not an end: an app is told to come later (503), so that it keeps its refresh token. */
export function refuseWhileSuspended(tenant: Tenant, renderPage: RenderErrorPage) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (!tenant.suspended || OPEN.has(ctx.path)) return next();
    if (PAGES.test(ctx.path)) renderPage(tenant, ctx, new PlanSuspended());
    else ctx.body = { error: 'temporarily_unavailable', error_description: 'this plan is suspended' };
    ctx.status = 503;
  };
}
