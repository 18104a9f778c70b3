import { type Feed, isLate, isSmall, readFeeds } from '@patient-access/fhir-store';
import type { Stores } from '../store/input.ts';

/** What a plan sends of one type, and whether somebody has to look at it. */
export type JudgedFeed = Omit<Feed, 'tenant'> & { late: boolean; small: boolean };

/** The feeds of a plan in all databases, by type. */
export async function feedsOf(stores: Stores, tenant: string, now: Date): Promise<JudgedFeed[]> {
  const found = await Promise.all([...stores.values()].map((pool) => readFeeds(pool, tenant)));
  return found
    .flat()
    .map(({ tenant: _plan, ...feed }) => ({ ...feed, late: isLate(feed, now), small: isSmall(feed) }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}
