/** Counts requests in a file: one to which several services gave a part has an event of each. */
import { ID_PREFIX_CHARACTERS } from '../../audit-event.ts';

/** Services deliver the parts of a request within seconds. One whose relay stood still delivers its part later. */
const REMEMBERED = 100_000;

/** It remembers the newest requests, so that it takes no more room for a larger file. */
export class CountedRequests {
  private readonly newest = new Set<string>();

  /**
   * @param event id of an event of the request @param line of the file, in which the request counts once
   * @returns 1 for the first part of a request that is added to the line, and 0 for a further one
   */
  add(event: string, line: string | number): 0 | 1 {
    const key = `${event.slice(0, ID_PREFIX_CHARACTERS)} ${line}`;
    if (this.newest.has(key)) return 0;
    this.newest.add(key);
    if (this.newest.size > REMEMBERED)
      for (const oldest of this.newest) {
        this.newest.delete(oldest);
        break;
      }
    return 1;
  }
}
