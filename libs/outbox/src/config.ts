import { z } from 'zod';

const DEFAULT_BUDGET_ROWS = 500_000;

/** Where a service's events go: over Kafka where there are brokers, otherwise straight to audit-service. */
export const OutboxConfig = z.object({
  /** comma-separated host:port */
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .optional(),
  /** internal base URL of audit-service, which alone knows what has arrived; auth-service also asks it for members */
  AUDIT_URL: z.url(),
  /** shared by all services: signs each message, and opens audit-service's internal routes */
  EVENT_SECRET: z.string().min(16),
  /** rows that may wait for delivery; at 90 % of it no more member data is disclosed. An event is 1 to 16 KiB. */
  OUTBOX_MAX_ROWS: z.coerce.number().int().min(100).default(DEFAULT_BUDGET_ROWS),
});
export type OutboxConfig = z.infer<typeof OutboxConfig>;
