import type { ConsentKind } from '@patient-access/fhir';
import { kindsGrantedLongAgo, unreadKinds } from '../../domain/apps/unread-kinds.ts';
import { trailOfScorecards } from '../../egress/trail-of-scorecards.ts';
import type { OwnPage } from './developer-context.ts';

/** The days of the scorecard do not matter here: what was read last is the same in each. */
const DAYS = 1;

/** @returns nothing where audit-service cannot say it now: the page is about more */
export async function unreadOf(
  { services, server }: OwnPage,
  client: string,
): Promise<readonly ConsentKind[]> {
  const { id: tenant } = server.tenant;
  const granted = await kindsGrantedLongAgo(services.pool, tenant, client);
  if (granted.size === 0) return [];
  try {
    const { apps } = await trailOfScorecards(services.config)(tenant, DAYS);
    const own = apps.find((app) => app.client === client);
    return unreadKinds(granted, own?.lastReads ?? [], Date.now());
  } catch (error) {
    services.logger.warn({ err: error }, 'last reads of an app');
    return [];
  }
}
