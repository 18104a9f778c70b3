/** Counts requests in a file: one to which several services gave a part has an event of each. */
import { LRUCache } from 'lru-cache';
import { ID_PREFIX_CHARACTERS } from '../../audit-event.ts';

/** Services deliver the parts of a request within seconds. One whose relay stood still delivers its part later. */
const REMEMBERED = 100_000;

/** It remembers the newest requests, so that it takes no more room for a larger file. */
export class CountedRequests {
  private readonly newest = new LRUCache<string, true>({ max: REMEMBERED });

  /**
   * @param event id of an event of the request @param line of the file, in which the request counts once
   * @returns 1 for the first part of a request that is added to the line, and 0 for a further one
   */
  add(event: string, line: string | number): 0 | 1 {
    const key = `${event.slice(0, ID_PREFIX_CHARACTERS)} ${line}`;
    if (this.newest.has(key)) return 0;
    this.newest.set(key, true);
    return 1;
  }
}
