/** What this service needs to know of the trail. audit-service answers (egress/trail-of-ends.ts). */
import type { TrailEnd } from '@patient-access/internal-api';

/** What audit-service has stored of a database. */
export interface TrailMark {
  highest: number;
  /** the trail has everything since then, in milliseconds since the epoch; undefined: nobody can say */
  wholeSinceMs: number | undefined;
}

export interface TrailOfEnds {
  /**
   * Tells a mark, and the highest of which this process knows that audit-service stored it (0: none). Rejects when
   * audit-service does not answer.
   */
  highestMark(database: string, mark: number, known: number): Promise<TrailMark>;
  /** @returns what ended at the tenant and was stored since then, in order; rejects when audit-service does not answer */
  endsSince(tenant: string, since: Date): AsyncIterable<TrailEnd[]>;
}

/**
 * Longer than a replica that does not know of a restore goes on counting marks, and than clocks differ: its count says of a
 * database that it is newer than it is.
 */
const MARGIN_MS = 10_000;

/** Whether the trail knows all that ended after an instant up to which a database knows everything. */
export const knowsAllSince = ({ wholeSinceMs }: TrailMark, since: Date): boolean =>
  wholeSinceMs !== undefined && wholeSinceMs + MARGIN_MS <= since.getTime();

/** The trail was put back as well, so it cannot say what ended. */
export class TrailNotWhole extends Error {
  constructor() {
    super(
      'the trail was put back too, and does not know what has ended: restore apply --end-all, or --trail-is-whole (docs/administration.md)',
    );
  }
}
