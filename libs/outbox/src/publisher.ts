/** Where the relay delivers to. */
export interface Publisher {
  /**
   * Resolves when every message is durable at the other side; rejects when any may not be, and then all of them
   * are delivered again: the receiver stores each (request id, service) once.
   */
  publish(messages: readonly Message[]): Promise<void>;
  close(): Promise<void>;
}

export interface Message {
  tenant: string;
  /** the member the event is about, empty when there is none; with the tenant, the partition key */
  member: string;
  /** JSON of an AccessEvent */
  body: string;
}
