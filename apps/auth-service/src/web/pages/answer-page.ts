/** Every answer to a person at a browser: a page of a plan, or the plan's error page. */
import type { FastifyReply } from 'fastify';
import { PlanSuspended } from '../../provider/endpoints/error-page.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import type { PageRequest } from './page-frame.ts';
import { type ErrorPlace, sendErrorPage } from './send-error-page.ts';

/** What the answer to a request for a page is made of. */
export interface PageContext {
  services: SharedServices;
  server: TenantServer;
  request: PageRequest;
  reply: FastifyReply;
}

/** Answers with what `act` sends. Errors become the error page, and a suspended plan has no other page. */
export async function answerPage(
  context: PageContext,
  act: () => unknown,
  place: ErrorPlace & { evenIfSuspended?: boolean } = {},
): Promise<void> {
  try {
    if (context.server.tenant.suspended && !place.evenIfSuspended) throw new PlanSuspended();
    await act();
  } catch (error) {
    sendErrorPage(context, error, place);
  }
}
