import type { Metrics } from '@patient-access/platform';
import { awaitedSince, type Feed } from './feeds.ts';
import type { Freshness } from './freshness.ts';

const secondsOf = (at: Date | undefined): number | undefined => at && at.getTime() / 1_000;

/** Shows the feeds of all plans. The alerts FeedIsLate and FeedIsSmall are about these. */
export function describeFeeds(metrics: Metrics, freshness: Freshness): void {
  const gauge = (name: string, help: string, valueOf: (feed: Feed) => number | null | undefined) =>
    metrics.gauges(name, help, ['tenant', 'type'], async () =>
      (await freshness.all()).flatMap((feed) => {
        const value = valueOf(feed);
        const { tenant, type } = feed;
        return value === null || value === undefined ? [] : [{ labels: { tenant, type }, value }];
      }),
    );
  gauge(
    'feed_awaited_since_seconds',
    'When the last load with records of this type ended, or since when one is expected.',
    (feed) => secondsOf(awaitedSince(feed)),
  );
  gauge(
    'feed_expected_every_seconds',
    'The rhythm in which the plan expects loads of this type.',
    (feed) => feed.everySeconds,
  );
  gauge('feed_last_records', 'Records of this type in the last load that had any.', (feed) => feed.records);
  gauge(
    'feed_usual_records',
    'Records of this type in a usual load: the median of the eight before.',
    (feed) => feed.usual,
  );
}
