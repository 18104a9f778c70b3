/** Every answer to a person at a browser: a page of a plan, or the plan's error page. */
import { PlanSuspended } from '../../provider/endpoints/error-page.ts';
import type { PageContext } from './page-context.ts';
import { type ErrorPlace, sendErrorPage } from './send-error-page.ts';

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
