/**
 * Reads the events of a filter, all of them, in short statements: what one reads and how long it takes does not depend on
 * how many there are. Who makes a file of them keeps the Patient ids, and the lines of an accounting or a notice.
 */
import { LANES } from '@patient-access/events';
import type { Ask } from './ask.ts';
import { chainHeads, type ConsoleEvent, inOrder, lastStored, type ScannedEvent } from './console-sql.ts';
import type { Filter } from './filter.ts';

/** What one statement reads. */
const SCANNED = 5_000;

/** The end of one lane's chain. */
export interface LaneHead {
  lane: number;
  seq: string;
  hash: string;
}

/** @returns the ends of the chains; a lane in which nothing happened has none */
export const headsOf = (ask: Ask, tenant: string): Promise<LaneHead[]> => ask<LaneHead>(chainHeads(tenant));

/** @returns the filter's `upto`: the numbers of all lanes, with dots between them */
export function uptoOf(heads: readonly LaneHead[]): string {
  const seqOf = new Map(heads.map(({ lane, seq }) => [lane, seq]));
  return Array.from({ length: LANES }, (_, lane) => seqOf.get(lane) ?? '0').join('.');
}

/** @returns the filter with what it needs so that a statement about an old period ends with it */
export async function bounded(ask: Ask, tenant: string, filter: Filter): Promise<Filter> {
  const [row] = await ask<{ stored: Date }>(lastStored(tenant, filter));
  return row ? { ...filter, latest: row.stored } : filter;
}

/** @returns the events of the filter, the oldest first, a few thousand at once */
export async function* eventsOf(ask: Ask, tenant: string, filter: Filter): AsyncGenerator<ConsoleEvent[]> {
  const whole = await bounded(ask, tenant, filter);
  let after: ScannedEvent | undefined;
  do {
    const scanned: ScannedEvent[] = await ask(inOrder(tenant, whole, { after, limit: SCANNED }));
    yield scanned.filter((event): event is ConsoleEvent => event.record !== null);
    after = scanned.length < SCANNED ? undefined : scanned.at(-1);
  } while (after);
}
