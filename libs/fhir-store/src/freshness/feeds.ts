/** How fresh the data of each plan is, as its imports noted it (docs/adr/0085-say-how-fresh-data-is-in-the-searchset.md). */

/** What a plan sends of one type. */
export interface Feed {
  tenant: string;
  type: string;
  /** when the plan's system wrote the latest files that were loaded; null: none yet */
  asOf: Date | null;
  /** the newest change in the plan's own system (`meta.lastUpdated`); null: its records do not say */
  newest: Date | null;
  /** the rhythm that the plan expects; null: none */
  everySeconds: number | null;
  expectedSince: Date | null;
  /** the last load of any sort */
  last: LastLoad | null;
  /** when the last load with records ended; null: none yet */
  carriedAt: Date | null;
  /** records in the last load with records, and in a usual one; null: too few loads to say */
  records: number | null;
  usual: number | null;
}

type FeedFacts = Omit<Feed, 'tenant'>;

interface LastLoad {
  /** ISO 8601 */
  finished: string;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  rejected: number;
  findings: number;
}

/** What is usual is the median of so many earlier loads. */
const USUAL_LOADS = 8;
/** With fewer earlier loads nothing is usual. */
const FEWEST_LOADS = 3;
/** A file is late when a quarter of its rhythm has passed beyond it. The alert FeedIsLate says the same. */
const LATE = 1.25;
/** The alert FeedIsSmall says the same. */
const SMALL = 0.5;

const LOADS = 'FROM feed_load l WHERE l.tenant = f.tenant AND l.type = f.type';
/** @param of which feeds: a condition on `f` */
const statement = (of: string) => `
  SELECT f.tenant, f.type, f.as_of AS "asOf", f.newest, f.every_seconds AS "everySeconds",
         f.expected_since AS "expectedSince", l.last, c.finished AS "carriedAt", c.records, u.usual
    FROM feed f
    LEFT JOIN LATERAL (
      SELECT to_jsonb(l) - ARRAY['tenant', 'type', 'load', 'carried'] AS last ${LOADS}
       ORDER BY l.finished DESC LIMIT 1) l ON true
    LEFT JOIN LATERAL (
      SELECT l.finished, l.created + l.updated + l.unchanged AS records ${LOADS} AND l.carried
       ORDER BY l.finished DESC LIMIT 1) c ON true
    LEFT JOIN LATERAL (
      SELECT CASE WHEN count(*) >= ${FEWEST_LOADS} THEN percentile_disc(0.5) WITHIN GROUP (ORDER BY records) END AS usual
        FROM (SELECT l.created + l.updated + l.unchanged AS records ${LOADS} AND l.carried
               ORDER BY l.finished DESC OFFSET 1 LIMIT ${USUAL_LOADS}) earlier) u ON true
   WHERE ${of} ORDER BY f.tenant, f.type`;

/** Of all plans that this database has: not of one that is only copied to it, or that has moved away. */
export const ALL_FEEDS = statement(
  `NOT EXISTS (SELECT FROM plan_database p WHERE p.plan = split_part(f.tenant, '~', 1) AND p.moved_to IS NOT NULL)`,
);
/** Of one plan. */
export const FEEDS_OF_PLAN = statement('f.tenant = $1');

/** The instant from which the next load is awaited; undefined: none is expected. */
export const awaitedSince = ({ everySeconds, carriedAt, expectedSince }: FeedFacts): Date | undefined =>
  everySeconds === null ? undefined : (carriedAt ?? expectedSince ?? undefined);

function isLate(feed: FeedFacts, now: Date): boolean {
  const since = awaitedSince(feed);
  return since !== undefined && now.getTime() - since.getTime() > LATE * (feed.everySeconds ?? 0) * 1_000;
}

/** Did the last load have less than half of what is usual? */
const isSmall = ({ records, usual }: FeedFacts): boolean =>
  records !== null && usual !== null && records < SMALL * usual;

/** A feed, and whether somebody has to look at it. */
export type JudgedFeed = FeedFacts & { late: boolean; small: boolean };

export function judge({ tenant: _plan, ...feed }: Feed, now: Date): JudgedFeed {
  return { ...feed, late: isLate(feed, now), small: isSmall(feed) };
}
