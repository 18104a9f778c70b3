/**
 * Ends the chain of redirects that a posted form begins at a page of this server (ADR 67). Browsers apply `form-action` to
 * the whole chain, also to what the app's server redirects to.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { keepOutcome } from '../../domain/grants/outcomes.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { interactionPath } from '../../domain/urls.ts';
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import { isBrowserNavigation } from '../endpoints/browser-navigation.ts';
import { stateOfRequest } from '../request-state.ts';
import type { SharedServices } from '../shared-services.ts';
import { heldAnswerKey } from './answer-key.ts';

/** Query of an interaction's page when its answer cannot be resumed: the page must not lead there again. */
export const NOT_RESUMED = 'resumed';
/** Its value where another request goes on from the answer, which may fail: then the browser may go on later. */
export const RESUMED_ELSEWHERE = 'elsewhere';

const RESUME_PATH = /^\/authorize\/([^/]+)$/;

/** @returns the header's lines */
const setCookies = (ctx: KoaContextWithOIDC): string[] =>
  [ctx.response.get('Set-Cookie')].flat().filter(Boolean);

/**
 * @returns what the browser is given again when it gets no answer; nothing after a refusal: whoever refused need not have been
 *   logged in, and may have planted her key in a browser that is (security case O25)
 */
function againFor(ctx: KoaContextWithOIDC): string[] {
  const { result: used, entities } = ctx.oidc;
  const result = used ?? entities.Interaction?.result;
  return result === undefined || 'error' in result ? [] : setCookies(ctx);
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
  const why = stateOfRequest(ctx).goesOnElsewhere ? `=${RESUMED_ELSEWHERE}` : '';
  redirect(ctx, `${interactionPath(id, uid)}?${NOT_RESUMED}${why}`);
  return true;
}

/**
 * Keeps where each answered page led. What goes to an app leaves from the page of the interaction, which the browser is
 * sent to instead. A program without Fetch Metadata gets the redirect itself.
 */
export function keepOutcomes({ pool, formKey }: SharedServices, { id, issuer }: Tenant) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const oidc = ctx.oidc as KoaContextWithOIDC['oidc'] | undefined;
    const uid = resumedUid(ctx);
    if (oidc?.route !== 'resume' || uid === undefined || ctx.status !== 303) return;
    if (!isBrowserNavigation(ctx.headers['sec-fetch-mode'])) return;
    const to = ctx.response.get('Location');
    if (to.startsWith(interactionPath(id, uid))) return;
    const clientId = String(oidc.params?.['client_id']);
    const redirectUri = String(oidc.params?.['redirect_uri']);
    const answerKey = heldAnswerKey({ id, issuer }, ctx.get('cookie'));
    if (answerKey === undefined) return;
    const outcome = { to, clientId, redirectUri, at: Date.now(), cookies: againFor(ctx) };
    await keepOutcome({ pool, key: formKey, tenant: id, uid }, answerKey, outcome);
    const stays = clientId === MEMBER_PAGES_CLIENT_ID || to.startsWith(interactionPath(id, ''));
    if (!stays) redirect(ctx, interactionPath(id, uid));
  };
}
