import type { Metrics } from '@patient-access/platform';
import { awaitedSince, type Feed } from './feeds.ts';
import type { Freshness } from './freshness.ts';

const LABELS = ['tenant', 'type'] as const;

const secondsOf = (at: Date | undefined): number | undefined => at && at.getTime() / 1_000;

/** Shows the feeds of all plans. The alerts FeedIsLate and FeedIsSmall are about these. */
export function describeFeeds(metrics: Metrics, freshness: Freshness): void {
  const each = (valueOf: (feed: Feed) => number | null | undefined) => async () =>
    (await freshness.all()).flatMap((feed) => {
      const value = valueOf(feed);
      const { tenant, type } = feed;
      return value === null || value === undefined ? [] : [{ labels: { tenant, type }, value }];
    });
  metrics.gauges(
    'feed_awaited_since_seconds',
    'When the last load with records of this type ended, or since when one is expected.',
    LABELS,
    each((feed) => secondsOf(awaitedSince(feed))),
  );
  metrics.gauges(
    'feed_expected_every_seconds',
    'The rhythm in which the plan expects loads of this type.',
    LABELS,
    each(({ everySeconds }) => everySeconds),
  );
  metrics.gauges(
    'feed_last_records',
    'Records of this type in the last load that had any.',
    LABELS,
    each(({ records }) => records),
  );
  metrics.gauges(
    'feed_usual_records',
    'Records of this type in a usual load: the median of the eight before.',
    LABELS,
    each(({ usual }) => usual),
  );
}
