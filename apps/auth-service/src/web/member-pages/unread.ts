/** What the member's apps may read and do not: minimum necessary. */
import { UNREAD_DAYS, unreadKinds } from '../../domain/apps/unread-kinds.ts';
import { requestedAccess } from '../../domain/consent/requested-access.ts';
import type { LastReads } from '../../provider/scorecard/last-reads.ts';
import type { Unread } from '../pages/connected-app.ts';
import type { ConnectedApp } from './connected-apps.ts';

const DAY_MS = 86_400_000;
/** The sums of the trail may be so much older than the last use of an app. */
const COUNTED_MS = DAY_MS;

const longBefore = (now: number): number => now - UNREAD_DAYS * DAY_MS;

/** Only then there may be something to tell, so only then is it worth a question to the trail. */
export const isOld = ({ agreed }: Pick<ConnectedApp, 'agreed'>, now: number): boolean =>
  agreed.getTime() <= longBefore(now);

/** @returns undefined where there is nothing to tell, or nobody knows it now */
export function unreadByApp(
  app: ConnectedApp,
  reads: LastReads | undefined,
  now: number,
): Unread | undefined {
  const longAgo = longBefore(now);
  const { kinds } = requestedAccess(app.scope);
  if (kinds.length === 0 || !isOld(app, now)) return undefined;
  if (!app.usedAt || app.usedAt.getTime() < longAgo) return 'idle';
  if (!reads || reads.countedUntil < app.usedAt.getTime() - COUNTED_MS) return undefined;
  const granted = new Set(kinds.map(({ id }) => id));
  const unread = unreadKinds(granted, reads.apps.get(app.clientId) ?? [], now);
  return unread.length > 0 ? { kinds: unread, isAll: unread.length === granted.size } : undefined;
}
