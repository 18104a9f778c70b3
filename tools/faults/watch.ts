/** What must be true at every moment: looked at while a part is dead, before anything that heals can have healed it. */
import { type Findings, isToBeRecorded, lost } from './check.ts';
import type { LoadRequest } from './load.ts';
import type { System } from './system.ts';
import { countedAsArrived, storedSince, waitingSince } from './trail.ts';

const KEPT = 'at every moment the event of every complete answer is in an outbox or stored';
const COUNTED = 'at every moment what counts as arrived is stored';
const CLAIMED = 'what is committed late is claimed next';

export class Watch {
  /** request ids of events that the test recorded itself */
  readonly own: string[] = [];
  /** By check, what was found wrong. */
  readonly found: Findings = { [KEPT]: [], [COUNTED]: [], [CLAIMED]: [] };
  private readonly system: System;
  private readonly asked: readonly LoadRequest[];
  private readonly since: Date;

  /** @param asked what the load asks, as it grows */
  constructor(system: System, asked: readonly LoadRequest[], since: Date) {
    this.system = system;
    this.asked = asked;
    this.since = since;
  }

  get isBroken(): boolean {
    return Object.values(this.found).some((wrong) => wrong.length > 0);
  }

  /** In the order in which events move on: what moves meanwhile is seen twice, and never not at all. */
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

  /** The claims that followed its commit have left it behind. */
  overtaken(requestId: string): void {
    this.found[CLAIMED]?.push(requestId);
  }
}
