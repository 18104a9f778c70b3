import type { Pool } from '@patient-access/database';
import type { ConsentKind } from '@patient-access/fhir';
import { kindsGrantedLongAgo, unreadKinds } from '../../domain/apps/unread-kinds.ts';
import type { LastReadsOfApps } from '../../provider/scorecard/last-reads.ts';
import type { AppBySecret } from './apps-by-secret.ts';

/** Sums that are older may miss what the app has read since. */
const COUNTED_MS = 24 * 3_600_000;

/**
 * What members let an app read long ago, and it has not asked for since.
 *
 * @returns undefined where nobody can say it now
 */
export async function unreadOf(
  pool: Pool,
  lastReads: LastReadsOfApps,
  { tenant, client }: AppBySecret,
): Promise<readonly ConsentKind[] | undefined> {
  const granted = await kindsGrantedLongAgo(pool, tenant, client);
  if (granted.size === 0) return [];
  const reads = await lastReads.of(tenant);
  if (!reads || reads.countedUntil < Date.now() - COUNTED_MS) return undefined;
  return unreadKinds(granted, reads.apps.get(client) ?? [], Date.now());
}
