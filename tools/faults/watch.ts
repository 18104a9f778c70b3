/**
 * Checks what must be true at every moment. They run while a part is dead, before the system can have repaired
 * anything.
 */
import { type Findings, isToBeRecorded, lost } from './check.ts';
import type { LoadRequest } from './load.ts';
import type { System } from './system.ts';
import { countedAsArrived, storedSince, waitingSince } from './trail.ts';

const KEPT = 'at every moment the event of every complete answer is in an outbox or stored';
const COUNTED = 'at every moment what counts as arrived is stored';
const NUMBERED = 'an event that is committed late has its number with those that are committed later';

export class Watch {
  /** request ids of events that the test recorded itself */
  readonly own: string[] = [];
  /** The findings of each check. */
  readonly found: Findings = { [KEPT]: [], [COUNTED]: [], [NUMBERED]: [] };
  private readonly system: System;
  private readonly asked: readonly LoadRequest[];
  private readonly since: Date;

  /** @param asked the requests of the load; the list grows while the load runs */
  constructor(system: System, asked: readonly LoadRequest[], since: Date) {
    this.system = system;
    this.asked = asked;
    this.since = since;
  }

  get isBroken(): boolean {
    return Object.values(this.found).some((wrong) => wrong.length > 0);
  }

  /**
   * Runs the checks. It reads the places in the order in which an event moves. An event that moves meanwhile is seen
   * twice, but it is never missed.
   */
  async look(): Promise<void> {
    const answered = this.asked.filter(isToBeRecorded);
    const waiting = await waitingSince(this.system, this.since);
    const arrived = await countedAsArrived(this.system, waiting);
    const stored = await storedSince(this.system, this.since);
    const kept = Map.groupBy([...waiting, ...stored], ({ requestId }) => requestId);
    this.found[KEPT]?.push(...lost(answered, kept));
    const inTrail = new Set(stored.map(({ requestId, service }) => `${requestId} of ${service}`));
    const early = arrived.map(({ requestId, service }) => `${requestId} of ${service}`);
    this.found[COUNTED]?.push(...early.filter((event) => !inTrail.has(event)));
  }

  /** Reports an event that got no number when one that was committed later did. */
  overtaken(requestId: string): void {
    this.found[NUMBERED]?.push(requestId);
  }
}
