/** Errors of the authorization server that a person sees in the browser. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { leadBack } from '../authorization/keep-outcomes.ts';
import type { ErrorWords } from '../patches/response-modes.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/** The plan is suspended. The only page that it shows is the one that says so. */
export class PlanSuspended extends Error {}

/** The button of an error page that sends the error to an app which the plan has not checked. */
export interface ReturnButton {
  /** the app's name as pages show it */
  app: string;
  redirectUri: string;
  /** see domain/apps/return-ticket.ts */
  sealed: string;
}

/** Puts a page about an error into the response. It leaves the status as it is. */
export type RenderErrorPage = (
  tenant: Pick<Tenant, 'id' | 'name' | 'issuer'>,
  ctx: KoaContextWithOIDC,
  error: Error,
  back?: ReturnButton,
) => void;

/**
 * At these endpoints a person sees the answer. At all others errors are JSON (RFC 6749 section 5.2), whatever the
 * caller accepts.
 */
const PAGE_ROUTES = new Set(['authorization', 'resume']);

/** `renderError` of oidc-provider, for errors that cannot be sent to the client by a redirect. */
export function renderError(
  tenant: Tenant,
  renderPage: RenderErrorPage,
  words: ErrorWords,
): Configuration['renderError'] {
  return (ctx, out, error) => {
    if (leadBack(ctx, tenant, error)) return;
    if (PAGE_ROUTES.has(ctx.oidc.route))
      renderPage(tenant, ctx, Object.assign(error, words(ctx, { ...out })));
    else ctx.body = out;
  };
}
