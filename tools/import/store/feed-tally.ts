/** Counts what a load has of each type, for the record of how fresh the plan's data is. */
import type { FeedCounts } from '@patient-access/fhir-store/ingest';

const nothing = (type: string): FeedCounts => ({
  type,
  ...{ created: 0, updated: 0, unchanged: 0, deleted: 0, rejected: 0, findings: 0 },
  carried: false,
});

export class FeedTally {
  private readonly feeds = new Map<string, FeedCounts>();
  /** by type, in milliseconds since 1970 */
  private readonly newest = new Map<string, number>();
  /** types of which the load may be one of nothing */
  private readonly named: Set<string>;
  private readonly began: number;

  /**
   * @param began the time of the load
   * @param named types that the plan says it sent, though there may be no record of them
   * @param hasUnread something that came was not read, and may be of any type
   */
  constructor(began: Date, named: readonly string[], hasUnread = false) {
    this.began = began.getTime();
    this.named = new Set(hasUnread ? [] : named);
    for (const type of named) this.of(type);
  }

  /** @param type undefined: nobody can read it, so it may be any */
  rejected(type: string | undefined): void {
    if (type !== undefined) this.of(type).rejected += 1;
    this.doubt(type === undefined ? this.named : [type]);
  }

  /** Of these types something did not come, or could not be stored: without a record, a load of them is not one of nothing. */
  doubt(types: Iterable<string>): void {
    for (const type of [...types]) this.named.delete(type);
  }

  deleted(type: string, count: number): void {
    this.of(type).deleted += count;
  }

  /**
   * A record that is stored.
   *
   * @param changed its `meta.lastUpdated`
   */
  stored(
    { type, status, found }: { type: string; status: 'created' | 'updated' | 'unchanged'; found?: boolean },
    changed: string | undefined,
  ): void {
    const feed = this.of(type);
    feed.carried = true;
    feed[status] += 1;
    if (found) feed.findings += 1;
    const at = Date.parse(String(changed));
    // A time in the future is a mistake, and would hide for years that nothing new comes.
    if (Number.isNaN(at) || at > this.began) return;
    if (at > (this.newest.get(type) ?? -Infinity)) this.newest.set(type, at);
  }

  /** Of the types for which this is true. */
  counts(isOf: (type: string) => boolean): FeedCounts[] {
    const wanted = [...this.feeds.values()].filter(({ type }) => isOf(type));
    return wanted.map((counted) => {
      const feed = { ...counted, carried: counted.carried || this.named.has(counted.type) };
      const at = this.newest.get(feed.type);
      return at === undefined ? feed : { ...feed, newest: new Date(at).toISOString() };
    });
  }

  private of(type: string): FeedCounts {
    let feed = this.feeds.get(type);
    if (!feed) this.feeds.set(type, (feed = nothing(type)));
    return feed;
  }
}
