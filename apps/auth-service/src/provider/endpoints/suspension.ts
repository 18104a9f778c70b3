/** Answers requests to the authorization server of a suspended plan. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { noteReason } from '@patient-access/platform';
import { PlanSuspended, type RenderErrorPage } from './error-page.ts';
import { stateOfRequest } from '../request-state.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/**
 * Keys, metadata and introspection stay open, because other services need them. Introspection then finds no token
 * (records.ts).
 */
const OPEN = new Set([
  '/keys',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/introspect',
]);
const PAGES = /^\/authorize/;
/** Seconds. Nobody knows when a plan is resumed, and an app that asks every few minutes is no burden. */
export const TRY_AGAIN_AFTER = '300';

/** A suspension is a pause. Apps get a 503, so that they try again later and keep their refresh tokens. */
export function refuseWhileSuspended(tenant: Tenant, renderPage: RenderErrorPage) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (!tenant.suspended || OPEN.has(ctx.path) || ctx.method === 'OPTIONS') return next();
    noteReason({ raw: ctx.req }, 'plan-suspended');
    if (PAGES.test(ctx.path)) renderPage(tenant, ctx, new PlanSuspended());
    else {
      stateOfRequest(ctx).refusalWords = {
        code: 'plan-suspended',
        says: 'This plan is suspended. Keep your tokens and try again later.',
      };
      ctx.body = { error: 'temporarily_unavailable' };
      // It says nothing of anybody, so an app in a browser may read it, and when to try again.
      ctx.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After' });
    }
    ctx.status = 503;
    ctx.set('Retry-After', TRY_AGAIN_AFTER);
  };
}
