import { EventKeySetting } from '@patient-access/events';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { HttpUrl } from '@patient-access/platform/config';
import { z } from 'zod';

const DEFAULT_MAX_ROWS = 500_000;

/** Settings for the delivery of events: over Kafka where brokers are set, otherwise by HTTP to audit-service. */
export const OutboxConfig = z.object({
  ...KafkaConfig.shape,
  AUDIT_URL: HttpUrl.meta({
    description:
      'internal base URL of audit-service, which alone knows which events have arrived; auth-service also asks it who accessed a member’s data',
  }),
  EVENT_KEY: EventKeySetting.meta({
    description:
      'this service’s own private key on Ed25519, PKCS #8 in PEM: signs what it delivers and publishes',
  }),
  OUTBOX_MAX_ROWS: z.coerce.number().int().min(100).default(DEFAULT_MAX_ROWS).meta({
    description:
      'events that may wait for delivery; at 90 % of it no more member data is disclosed. An event mostly is 1 to 16 KiB, and some 700,000 bytes at most.',
    unit: 'rows',
  }),
});
export type OutboxConfig = z.infer<typeof OutboxConfig>;
