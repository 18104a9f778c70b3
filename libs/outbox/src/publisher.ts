import type { SignedMessage } from '@patient-access/events';

/** Where the relay delivers to. */
export interface Publisher {
  /**
   * Rejects when any message may not have arrived, and then all of them are delivered again: the receiver stores each
   * (request id, service) once.
   *
   * @returns `stored` when the audit store has committed them; `sent` when only the broker has them, which is a
   * promise of the broker's and not the store's
   */
  publish(messages: readonly Message[]): Promise<'stored' | 'sent'>;
  close(): Promise<void>;
}

export interface Message extends SignedMessage {
  tenant: string;
  /** the member the event is about, empty when there is none; with the tenant, the partition key */
  member: string;
}
