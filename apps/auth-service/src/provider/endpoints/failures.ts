/**
 * What the authorization server answers when it fails. Where its database cannot be used, that is 503
 * `temporarily_unavailable` at every endpoint, with the time to wait; an app then keeps what it has and tries again.
 */
import { isUnavailable } from '@patient-access/database';
import { oauthErrorBody } from '@patient-access/fhir';
import { noteCode, noteReason } from '@patient-access/platform';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { NotRecorded } from '../audit/record-events.ts';
import { stateOfRequest } from '../request-state.ts';
import type { RenderErrorPage } from './error-page.ts';
import type { SharedServices } from '../shared-services.ts';
import { AUTHORIZATION_PAGE_HEADERS, SECURITY_HEADERS } from './security-headers.ts';

/** Seconds after which to try again. */
export const RETRY_AFTER = '2';

/** @returns whether the same request may be well in a moment: 503, and otherwise it is 500 */
export const isForLater = (error: unknown): boolean =>
  (error as { statusCode?: number }).statusCode === 503 ||
  error instanceof NotRecorded ||
  isUnavailable(error);

/** Members of an OAuth error (RFC 6749 sections 4.1.2.1 and 5.2). */
export const failureBody = (
  about: { requestId: string; publicUrl: string },
  error: 'temporarily_unavailable' | 'server_error' = 'temporarily_unavailable',
) =>
  error === 'server_error'
    ? oauthErrorBody(
        'server-error',
        error,
        'Something went wrong here. Report it with the request id.',
        about,
      )
    : oauthErrorBody('unavailable', error, 'Send the same request again in a moment.', about);

const PAGES = /^\/authorize(?:\/|$)/;

/** Does a person wait at this endpoint? */
export const isPage = ({ path }: KoaContextWithOIDC): boolean => PAGES.test(path);

/** Keeps an error that oidc-provider has answered already, for {@link answerFailures}. */
export function keepFailure(ctx: KoaContextWithOIDC, error: Error): void {
  stateOfRequest(ctx).failure = error;
}

/**
 * The outermost middleware. An authorization request that failed here is answered here, and not at the app: it was not
 * refused, and the person can try again.
 */
export function answerFailures(
  tenant: Tenant,
  renderPage: RenderErrorPage,
  { logger, config }: Pick<SharedServices, 'logger' | 'config'>,
) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    try {
      await next();
    } catch (error) {
      keepFailure(ctx, error as Error);
    }
    const { failure } = stateOfRequest(ctx);
    if (!failure) return;
    const requestId = ctx.get('x-request-id');
    logger.error({ err: failure, requestId }, 'authorization server failed');
    ctx.remove('Location');
    ctx.set(isPage(ctx) ? AUTHORIZATION_PAGE_HEADERS : SECURITY_HEADERS);
    const later = isForLater(failure);
    noteReason({ raw: ctx.req }, later ? 'temporarily-unavailable' : 'server-error');
    noteCode({ raw: ctx.req }, later ? 'unavailable' : 'server-error');
    if (isPage(ctx)) renderPage(tenant, ctx, failure);
    else
      ctx.body = failureBody({ requestId, publicUrl: config.PUBLIC_URL }, later ? undefined : 'server_error');
    ctx.status = later ? 503 : 500;
    if (later) ctx.set('Retry-After', RETRY_AFTER);
  };
}
