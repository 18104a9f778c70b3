import type { ReadPool } from '@patient-access/database';
import { ALL_FEEDS, type Feed } from './feeds.ts';

/** A load is seen so late at most. Every search asks, so the database cannot be asked each time. */
const KNOWN_MS = 15_000;

/** The feeds of all plans in the database of one service, as of some seconds ago. */
export class Freshness {
  private readonly pool: Pick<ReadPool, 'query'>;
  private known: Promise<Feed[]> | undefined;
  /** `performance.now()` */
  private until = 0;

  constructor(pool: Pick<ReadPool, 'query'>) {
    this.pool = pool;
  }

  /** @throws Error of the database */
  all(): Promise<Feed[]> {
    if (this.known && performance.now() < this.until) return this.known;
    const asked = this.pool.query<Feed>(ALL_FEEDS).then(({ rows }) => rows as Feed[]);
    // Who comes next asks again.
    asked.catch(() => (this.until = 0));
    this.known = asked;
    this.until = performance.now() + KNOWN_MS;
    return asked;
  }

  /** @returns when the plan's system wrote the latest files with this type, ISO 8601; undefined: no load of it is known */
  async asOf(tenant: string, type: string): Promise<string | undefined> {
    const feed = (await this.all()).find((each) => each.tenant === tenant && each.type === type);
    return feed?.asOf?.toISOString();
  }
}
