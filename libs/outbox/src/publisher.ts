import type { EventBatch } from '@patient-access/events';

/** Plans whose trail takes no events now. */
export type HeldPlans = ReadonlySet<string>;

/** What became of messages. */
interface Published {
  /** whether the audit store has committed them, or a broker alone has them */
  by: 'store' | 'broker';
  /** but for those of these plans, which nobody has */
  held: HeldPlans;
}

/** Carries messages from the relay towards the audit store. */
export interface Publisher {
  /**
   * Rejects when any batch may not have arrived, and then all of them are delivered again: the receiver stores each
   * (producer, number) once.
   */
  publish(batches: readonly EventBatch[]): Promise<Published>;
  close(): Promise<void>;
}
