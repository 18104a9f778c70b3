import type { SignedMessage } from '@patient-access/events';

/** Carries messages from the relay towards the audit store. */
export interface Publisher {
  /**
   * Rejects when any message may not have arrived. The relay then delivers all of them again. The receiver stores each
   * (request id, service) once.
   *
   * @returns `stored` when the audit store has committed the messages; `sent` when only the broker has confirmed them
   */
  publish(messages: readonly Message[]): Promise<'stored' | 'sent'>;
  close(): Promise<void>;
}

export interface Message extends SignedMessage {
  tenant: string;
  /** the member that the event is about, empty when there is none; tenant and member are the partition key */
  member: string;
}
