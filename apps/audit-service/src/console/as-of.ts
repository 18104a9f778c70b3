/** What a page says of itself, as files do at their end: until when it has what happened, and what may be missing. */
import { type Html, html } from '@patient-access/pages';
import type { Ask } from './ask.ts';
import type { ChainState } from './chain-state.ts';
import { FILE_PERIOD, filterOf, type Query } from './filter.ts';
import { missingNow } from './files/kept.ts';
import type { QuestionPath } from './pages/layout.ts';
import { instant } from './pages/parts.ts';
import type { Undelivered } from './undelivered.ts';

interface Asked {
  /** of which question */
  page: QuestionPath;
  tenant: string;
  query: Query;
  ask: Ask;
  chains: ChainState;
  undelivered: Undelivered;
}

/**
 * It is made before the question is answered: what has reached the trail by then is in the answer, and a question that takes all
 * of its time leaves none.
 *
 * @throws OperationError 400 for a period that the question does not take
 */
export async function asOf(asked: Asked): Promise<Html> {
  const { page, query } = asked;
  const period = page === 'notice' ? filterOf(query, FILE_PERIOD) : filterOf(query);
  const at = new Date();
  const missing = await missingNow(asked, period);
  return html`<p class="hint">
      As of ${instant(at, period.zone)}: this page has what had reached the trail by then. That is usually all
      but the last seconds. What a service recorded and could not deliver by then is missing.
    </p>
    ${missing.map((each) => html`<p class="warning">${each.trim()}</p>`)}`;
}
