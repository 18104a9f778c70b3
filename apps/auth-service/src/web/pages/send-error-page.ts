import { ForbiddenException } from '@nestjs/common';
import { noteReason } from '@patient-access/platform';
import { type ErrorExplanation, explainError, type LateLogin, planErrorPage } from './error.ts';
import { RETRY_AFTER } from '../../provider/endpoints/failures.ts';
import { AUTHORIZATION_PAGE_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { memberPath } from '../../domain/urls.ts';
import type { PageContext } from './page-context.ts';
import { pageFrame } from './page-frame.ts';

/** `SessionNotFound` is `session-not-found`. A form that was not posted from a page of ours is one reason for all pages. */
const reasonOf = (error: unknown): string =>
  error instanceof ForbiddenException
    ? 'form-refused'
    : error instanceof Error
      ? error.constructor.name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
      : 'error';

/** Where the request failed. */
export interface ErrorPlace {
  /** for a login that took too long */
  late?: LateLogin | undefined;
  /** path of the page of somebody who is logged in: no app waits for her, and nothing was to be shared */
  ownPage?: string;
  /** a form was posted to the address, and there may be no page at it */
  isPosted?: boolean;
}

/** @returns what a page says that an app has sent its member to, in the words for a page of her own */
function onOwnPage(explanation: ErrorExplanation, method: string, ownPage: string): ErrorExplanation {
  const { text } = explanation;
  if (text === 'forbidden') return { ...explanation, text: 'ownForbidden', ownPage };
  if (text === 'failure' && method === 'POST') return { ...explanation, text: 'ownFailure', ownPage };
  return explanation;
}

/**
 * Answers a failed request for a page with an error page. Errors of this service are logged as well.
 */
export function sendErrorPage(
  { services, server, request, reply }: PageContext,
  error: unknown,
  { late, ownPage, isPosted }: ErrorPlace = {},
): void {
  const { tenant } = server;
  const explained = { ...explainError(error, request.headers.cookie), ...(late && { late }) };
  const explanation = ownPage === undefined ? explained : onOwnPage(explained, request.method, ownPage);
  const { status, retryAfter } = explanation;
  noteReason(request, reasonOf(error));
  if (explained.text === 'failure')
    services.logger.error({ err: error, requestId: request.id }, 'a page failed');
  if (status === 503) void reply.header('Retry-After', String(retryAfter ?? RETRY_AFTER));
  const frame = pageFrame(tenant, request);
  const appsPage = ownPage === undefined ? memberPath(tenant.id, 'apps') : undefined;
  const hasNoAddress = isPosted ? true : undefined;
  const page = planErrorPage({ ...frame, ...explanation, requestId: request.id, appsPage, hasNoAddress });
  void reply.code(status).headers(AUTHORIZATION_PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
}
