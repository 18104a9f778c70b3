/** A cache for answers that are good for some seconds, in a bounded part of the memory. */
import { LRUCache } from 'lru-cache';

/** What may be kept. */
interface CacheLimits {
  /** number of entries */
  max: number;
  /** sum of the sizes that `set` says, in bytes of the heap */
  maxSize: number;
  /** milliseconds */
  ttl: number;
}

/**
 * Entries leave the memory soon after their time. An LRUCache alone drops what has expired only when somebody asks for it or the
 * cache is full, and nobody asks again for a token that was refreshed.
 *
 * One timer looks through the cache. A timer for each entry (`ttlAutopurge`) would cost each request one. It runs only while
 * something is kept, so an idle process rests (ADR 102).
 */
export class ExpiringCache<Value extends object> extends LRUCache<string, Value> {
  private readonly sweepMs: number;
  private sweeping = false;

  constructor(limits: CacheLimits) {
    // With a resolution, each time at which somebody asks would be kept for a millisecond, by a timer of its own.
    super({ ...limits, ttlResolution: 0 });
    this.sweepMs = limits.ttl;
  }

  override set(...entry: Parameters<LRUCache<string, Value>['set']>): this {
    super.set(...entry);
    if (!this.sweeping) this.sweepLater();
    return this;
  }

  private sweepLater(): void {
    this.sweeping = this.size > 0;
    if (!this.sweeping) return;
    const sweep = () => {
      this.purgeStale();
      this.sweepLater();
    };
    setTimeout(sweep, this.sweepMs).unref();
  }
}
