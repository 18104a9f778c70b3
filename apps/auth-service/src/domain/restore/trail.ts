/** What this service needs to know of the trail. audit-service answers (egress/trail-of-ends.ts). */
import type { TrailEnd } from '@patient-access/internal-api';

export interface TrailOfEnds {
  /** Tells a mark. @returns the highest that was told of this database; rejects when audit-service does not answer */
  highestMark(database: string, mark: number): Promise<number>;
  /** @returns what ended at the tenant and was stored since then, in order; rejects when audit-service does not answer */
  endsSince(tenant: string, since: Date): AsyncIterable<TrailEnd[]>;
}
