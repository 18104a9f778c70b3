/**
 * What an import notes of a load that came to its end, and the rhythm in which the plan expects such loads
 * (docs/adr/0085-say-how-fresh-data-is-in-the-searchset.md).
 */
import { inTransaction, type Pool } from '@patient-access/database';
import type pg from 'pg';
import { type Feed, FEEDS_OF_PLAN } from '../../freshness/feeds.ts';
import { recordStatement } from '@patient-access/outbox/record';
import { actOnPlan, type ImportSource } from '../ingest-event.ts';
import { insertRows } from '../rows/insert-rows.ts';
import { joinTenant } from '../turns/tenant-lock.ts';
import { asTenant } from '../../sql/as-tenant.ts';

/** What a load brought of one type. */
export interface FeedCounts {
  type: string;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  rejected: number;
  /** records with findings against R4 or a profile */
  findings: number;
  /** the latest `meta.lastUpdated` that came, ISO 8601 */
  newest?: string;
  /** false: deletions or rejected records alone, which say nothing about how fresh the rest is */
  carried: boolean;
}

/** A load that has ended. */
export interface FeedLoad {
  /** UUID, the same in each database */
  load: string;
  /** when the plan's system wrote the files, ISO 8601 */
  asOf: string;
  counts: readonly FeedCounts[];
}

/** All go through the types in the same order, so no two loads that end together wait for each other. */
const NOTE_FEEDS = `
  INSERT INTO feed (tenant, type, as_of, newest)
  SELECT $1, k.type, k.as_of, k.newest
    FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) AS k (type, as_of, newest)
   ORDER BY k.type COLLATE "C"
  ON CONFLICT (tenant, type) DO UPDATE
    SET as_of = greatest(feed.as_of, EXCLUDED.as_of), newest = greatest(feed.newest, EXCLUDED.newest)`;
const COLUMNS = [
  ...['tenant', 'type', 'finished', 'load', 'carried'],
  ...['created', 'updated', 'unchanged', 'deleted', 'rejected', 'findings'],
];
/** Older loads are of no use, and a plan may load every minute. */
const FORGET = `
  DELETE FROM feed_load
   WHERE tenant = $1 AND type = ANY ($2::text[]) AND finished < now() - interval '400 days'`;
const EXPECT = `
  INSERT INTO feed (tenant, type, every_seconds, expected_since) VALUES ($1, $2, $3, now())
  ON CONFLICT (tenant, type) DO UPDATE
    SET every_seconds = EXCLUDED.every_seconds,
        expected_since = CASE WHEN EXCLUDED.every_seconds IS NOT NULL THEN now() END`;

/** As {@link asTenant}, for who writes. */
function writing<Result>(
  pool: Pool,
  tenant: string,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await joinTenant(client, tenant);
    return work(client);
  });
}

/** Notes a load in the database of one owner, in one transaction. */
export async function noteLoad(pool: Pool, tenant: string, { load, asOf, counts }: FeedLoad): Promise<void> {
  if (counts.length === 0) return;
  const types = counts.map(({ type }) => type);
  const finished = new Date().toISOString();
  const rows = counts.map((each) => [
    ...[tenant, each.type, finished, load, each.carried],
    ...[each.created, each.updated, each.unchanged, each.deleted, each.rejected, each.findings],
  ]);
  await writing(pool, tenant, async (client) => {
    const instants = [
      counts.map(({ carried }) => (carried ? asOf : null)),
      counts.map(({ newest }) => newest ?? null),
    ];
    await client.query(NOTE_FEEDS, [tenant, types, ...instants]);
    await insertRows(client, 'feed_load', COLUMNS, rows);
    await client.query(FORGET, [tenant, types]);
  });
}

/**
 * Sets the rhythm in which a plan expects loads of a type. The time in which one may be late begins anew.
 *
 * @param everySeconds undefined: no rhythm
 * @param source whose act it is in the trail
 */
export async function expectFeed(
  pool: Pool,
  tenant: string,
  { type, everySeconds }: { type: string; everySeconds: number | undefined },
  source: ImportSource,
): Promise<void> {
  const rhythm = everySeconds === undefined ? 'none' : `${everySeconds} seconds`;
  await writing(pool, tenant, async (client) => {
    await client.query(EXPECT, [tenant, type, everySeconds ?? null]);
    const event = actOnPlan(source, tenant, 'set-rhythm', [`${type}: ${rhythm}`]);
    await client.query(recordStatement([event]));
  });
}

/** @returns the feeds of a plan in the database of one owner, read as its ingest role */
export async function readFeeds(pool: Pool, tenant: string): Promise<Feed[]> {
  return asTenant(pool, tenant, async (client) => (await client.query<Feed>(FEEDS_OF_PLAN, [tenant])).rows);
}
