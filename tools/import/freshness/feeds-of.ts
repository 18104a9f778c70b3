import { type JudgedFeed, judge, readFeeds } from '@patient-access/fhir-store/ingest';
import type { Stores } from '../store/input.ts';

/** The feeds of a plan in all databases, by type. */
export async function feedsOf(stores: Stores, tenant: string, now: Date): Promise<JudgedFeed[]> {
  const found = await Promise.all([...stores.values()].map((pool) => readFeeds(pool, tenant)));
  return found
    .flat()
    .map((feed) => judge(feed, now))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}
