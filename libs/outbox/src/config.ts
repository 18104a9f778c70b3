import { z } from 'zod';

/** Where a service's events go: Kafka where there are brokers, otherwise straight to audit-service. */
export const OutboxConfig = z.object({
  /** comma-separated host:port */
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .optional(),
  AUDIT_URL: z.url().optional(),
  /** shared with audit-service, for the HTTP publisher */
  EVENT_SECRET: z.string().min(16).optional(),
});
export type OutboxConfig = z.infer<typeof OutboxConfig>;
