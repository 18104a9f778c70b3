/** News for a member whose second factor the plan's staff took away. */
import type { LoginChange } from '../../domain/accounts/login-changes.ts';
import { momentOf } from './moment.ts';
import type { SessionContext } from './session-context.ts';

const NEWS_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * @param changes the newest first
 * @returns when it was, as the member reads it; undefined once she has set up another one, or after a month
 */
export function factorResetIn(
  context: SessionContext,
  changes: readonly { change: LoginChange; at: Date }[],
): string | undefined {
  const last = changes.find(
    ({ change }) => change === 'second-factor-reset' || change === 'second-factor-on',
  );
  const isNews = last?.change === 'second-factor-reset' && Date.now() - last.at.getTime() < NEWS_MS;
  return isNews ? momentOf(context, last.at) : undefined;
}
