/** Types of which everything comes: at the end, what is stored and did not come is deleted. */
import type { Owner } from '@patient-access/fhir';
import { clockOf, type CompleteLoad, type Ingest } from '@patient-access/fhir-store/ingest';
import type { Came } from './came.ts';
import type { Stores } from './input.ts';
import { placeOf } from './place.ts';

/** What time it is by the clock of each database. */
export type Clocks = ReadonlyMap<Owner, Date>;

/** Asks all databases what time it is. */
export async function clocksOf(stores: Stores): Promise<Clocks> {
  const clocks = new Map<Owner, Date>();
  for (const [owner, pool] of stores) clocks.set(owner, await clockOf(pool));
  return clocks;
}

export class CompleteLoads {
  private readonly stores: Stores;
  private readonly ingests: ReadonlyMap<Owner, Ingest>;
  private readonly came: Came;
  /** when it began, by the clock of the database of each type */
  private readonly beginnings: { type: string; ingest: Ingest; began: Date }[] = [];

  constructor(stores: Stores, ingests: ReadonlyMap<Owner, Ingest>, came: Came) {
    this.stores = stores;
    this.ingests = ingests;
    this.came = came;
  }

  /** @param began what others have stored since can be missing in the files; absent: now */
  async begin(began: Clocks | undefined): Promise<void> {
    if (this.came.types.size === 0) return;
    const clocks = began ?? (await clocksOf(this.stores));
    for (const type of this.came.types) {
      const { owner } = placeOf(this.stores, type);
      const [at, ingest] = [clocks.get(owner), this.ingests.get(owner)];
      if (at && ingest) this.beginnings.push({ type, ingest, began: at });
    }
  }

  /**
   * @param atMost the part of what is stored that may go, from 0 to 1
   * @param asOf when the files were written
   */
  async *deleteOthers(atMost: number, asOf: Date | undefined): AsyncGenerator<CompleteLoad> {
    for (const { type, ingest, began } of this.beginnings) {
      const compare = (stored: AsyncIterable<readonly string[]>) => this.came.compare(type, stored);
      yield await ingest.deleteOthers({ type, atMost, began, at: asOf?.toISOString(), compare });
    }
  }
}
