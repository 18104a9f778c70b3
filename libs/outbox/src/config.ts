import { z } from 'zod';

const DEFAULT_MAX_ROWS = 500_000;

/** Settings for the delivery of events: over Kafka where brokers are set, otherwise by HTTP to audit-service. */
export const OutboxConfig = z.object({
  /** comma-separated host:port */
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .optional(),
  /**
   * Internal base URL of audit-service. Only audit-service knows which events have arrived. auth-service also asks it
   * who accessed a member's data.
   */
  AUDIT_URL: z.url(),
  /** secret of all services: it signs each message, and opens the internal routes of audit-service */
  EVENT_SECRET: z.string().min(16),
  /**
   * number of rows that may wait for delivery; from 90 % on the service discloses no member data. A row is 1 to 16 KiB.
   */
  OUTBOX_MAX_ROWS: z.coerce.number().int().min(100).default(DEFAULT_MAX_ROWS),
});
export type OutboxConfig = z.infer<typeof OutboxConfig>;
