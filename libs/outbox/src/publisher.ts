import type { EventBatch } from '@patient-access/events';

/** Carries messages from the relay towards the audit store. */
export interface Publisher {
  /**
   * Rejects when any batch may not have arrived, and then all of them are delivered again: the receiver stores each
   * (producer, number) once.
   *
   * @returns `stored` when the audit store has committed the messages; `sent` when only the broker has confirmed them
   */
  publish(batches: readonly EventBatch[]): Promise<'stored' | 'sent'>;
  close(): Promise<void>;
}
