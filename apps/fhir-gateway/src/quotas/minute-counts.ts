import { LRUCache } from 'lru-cache';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
/** Of whom this counts at the same time. Beyond it, whoever has not asked for the longest time begins anew. */
const MAX_COUNTED = 50_000;

interface Count {
  requests: number;
  /** milliseconds since the epoch */
  until: number;
}

/** How far somebody is in a minute. */
export interface Standing {
  /** requests that are left; below zero for one that is too many */
  left: number;
  /** until the minute is over, and never zero */
  seconds: number;
}

/**
 * When the current minute of a caller ends. It begins at another second for each, so that not all come back at once, and at
 * the same for all gateways, so that `Retry-After` is true at each of them.
 */
function endOfMinute(caller: string, now: number): number {
  let hash = 0;
  for (let at = 0; at < caller.length; at += 1) hash = (Math.imul(hash, 31) + caller.charCodeAt(at)) | 0;
  return now + MINUTE_MS - ((now + (hash >>> 0)) % MINUTE_MS);
}

/** Counts requests by the minute, in memory. */
export class MinuteCounts {
  private readonly counts = new LRUCache<string, Count>({ max: MAX_COUNTED });

  /** Counts one request. @param limit of which it is one */
  take(caller: string, limit: number): Standing {
    const count = this.current(caller);
    count.requests += 1;
    return standingOf(count, limit);
  }

  /** @returns where the next request would stand, without counting it */
  next(caller: string, limit: number): Standing {
    const { requests, until } = this.current(caller);
    return standingOf({ requests: requests + 1, until }, limit);
  }

  private current(caller: string): Count {
    const now = Date.now();
    const known = this.counts.get(caller);
    // A clock that was set back would make a minute of hours.
    if (known && known.until > now && known.until <= now + MINUTE_MS) return known;
    const count = { requests: 0, until: endOfMinute(caller, now) };
    this.counts.set(caller, count);
    return count;
  }
}

const standingOf = ({ requests, until }: Count, limit: number): Standing => ({
  left: limit - requests,
  seconds: Math.max(1, Math.ceil((until - Date.now()) / SECOND_MS)),
});
