import type { EventBatch } from '@patient-access/events';

/** Plans whose trail takes no events now. */
export type HeldPlans = ReadonlySet<string>;

/** Carries messages from the relay towards the audit store. */
export interface Publisher {
  /**
   * Rejects when any batch may not have arrived, and then all of them are delivered again: the receiver stores each
   * (producer, number) once.
   *
   * @returns `sent` when only the broker has confirmed the messages. Otherwise the audit store has committed them, but for those
   *   of these plans
   */
  publish(batches: readonly EventBatch[]): Promise<'sent' | HeldPlans>;
  close(): Promise<void>;
}
