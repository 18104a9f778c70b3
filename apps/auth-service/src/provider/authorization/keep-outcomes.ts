/**
 * Ends the chain of redirects that a posted form begins at a page of this server (ADR 67). Browsers apply `form-action` to
 * the whole chain, also to what the app's server redirects to.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { keepOutcome } from '../../domain/grants/outcomes.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { interactionPath } from '../../domain/urls.ts';
import { MEMBER_PAGES_CLIENT_ID } from '../clients/member-pages-client.ts';
import { isBrowserNavigation } from '../endpoints/browser-navigation.ts';
import type { SharedServices } from '../shared-services.ts';

/**
 * In an interaction's result: the digest of the form that ended it (domain/grants/outcomes.ts); undefined where no form was
 * posted.
 */
export const ANSWERED_FORM = 'answeredForm';

/** Query of an interaction's page when its answer cannot be resumed: the page must not lead there again. */
export const NOT_RESUMED = 'resumed';

const RESUME_PATH = /^\/authorize\/([^/]+)$/;

/** @returns the header's lines */
const setCookies = (ctx: KoaContextWithOIDC): string[] =>
  [ctx.response.get('Set-Cookie')].flat().filter(Boolean);

/**
 * @returns what the same form is given again; no cookies after a refusal: whoever refused need not have been logged in, and the
 *   browser that goes on may be (security case O25)
 */
function againFor(ctx: KoaContextWithOIDC): { form: string; cookies: string[] } | undefined {
  const { result: used, entities } = ctx.oidc;
  const result = (used ?? entities.Interaction?.result) as Record<string, unknown> | undefined;
  const form = result?.[ANSWERED_FORM];
  if (typeof form !== 'string') return undefined;
  return { form, cookies: result && 'error' in result ? [] : setCookies(ctx) };
}

/** @returns the interaction that a request goes on from */
export const resumedUid = (ctx: KoaContextWithOIDC): string | undefined => RESUME_PATH.exec(ctx.path)?.[1];

function redirect(ctx: KoaContextWithOIDC, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}

/**
 * A browser that comes to go on twice is sent to the page that knows where the first time led.
 *
 * @returns whether the error was answered so
 */
export function leadBack(ctx: KoaContextWithOIDC, { id }: Tenant, error: Error): boolean {
  const uid = resumedUid(ctx);
  if (uid === undefined || error.name !== 'SessionNotFound') return false;
  if (!isBrowserNavigation(ctx.headers['sec-fetch-mode'])) return false;
  redirect(ctx, `${interactionPath(id, uid)}?${NOT_RESUMED}`);
  return true;
}

/**
 * Keeps where each answered page led. What goes to an app leaves from the page of the interaction, which the browser is
 * sent to instead. A program without Fetch Metadata gets the redirect itself.
 */
export function keepOutcomes({ pool, formKey }: SharedServices, { id }: Tenant) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const oidc = ctx.oidc as KoaContextWithOIDC['oidc'] | undefined;
    const uid = resumedUid(ctx);
    if (oidc?.route !== 'resume' || uid === undefined || ctx.status !== 303) return;
    if (!isBrowserNavigation(ctx.headers['sec-fetch-mode'])) return;
    const to = ctx.response.get('Location');
    if (to.startsWith(interactionPath(id, uid))) return;
    const clientId = String(oidc.params?.['client_id']);
    const outcome = { to, clientId, at: Date.now() };
    await keepOutcome({ pool, key: formKey, tenant: id, uid }, outcome, againFor(ctx));
    const stays = clientId === MEMBER_PAGES_CLIENT_ID || to.startsWith(interactionPath(id, ''));
    if (!stays) redirect(ctx, interactionPath(id, uid));
  };
}
