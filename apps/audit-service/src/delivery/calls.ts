import type { EventBatch, OpenedBatch } from '@patient-access/events';

/** A batch that its producer sent. */
export interface Arrived {
  batch: EventBatch;
  opened: OpenedBatch;
}

/**
 * With as many events, the price of a call is a small part of theirs. More would make others wait longer for the heads of
 * the same lanes.
 */
const EVENTS_IN_A_CALL = 500;

/** What is no event becomes a dead letter, in a transaction of its own batch. */
const isAlone = ({ opened }: Arrived) => opened.invalid.length > 0;

/** A call that is being put together. */
class Call {
  readonly arrived: Arrived[] = [];
  private readonly numbers = new Set<number>();

  takes(next: Arrived): boolean {
    const [first] = this.arrived;
    if (isAlone(next) || (first && isAlone(first)) || this.numbers.size >= EVENTS_IN_A_CALL) return false;
    return !next.batch.records.some(({ sequence }) => this.numbers.has(sequence));
  }

  add(next: Arrived): void {
    this.arrived.push(next);
    for (const { sequence } of next.batch.records) this.numbers.add(sequence);
  }
}

/**
 * @returns what is stored in one call each: batches of one tenant and producer, none of them with a number of another. Those
 *   of one lane stand together, so that few calls wait for the same head.
 */
export function callsOf(arrived: readonly Arrived[]): Arrived[][] {
  const groups = Map.groupBy(arrived, ({ batch: { tenant, producer } }) => `${tenant} ${producer}`);
  return [...groups.values()].flatMap((group) => {
    const calls: Call[] = [];
    for (const each of group.toSorted((one, other) => one.batch.lane - other.batch.lane)) {
      let call = calls.at(-1);
      if (!call?.takes(each)) calls.push((call = new Call()));
      call.add(each);
    }
    return calls.map((call) => call.arrived);
  });
}
