import { KafkaConfig } from '@patient-access/kafka-client/config';
import { PRODUCER_KEY, type Receiver, type World } from './world.ts';

/** The settings of a service. */
export const configFor = (world: World, receiver: Receiver, maxRows = 500_000) => ({
  DATABASE_URL: world.url,
  AUDIT_URL: receiver.url,
  EVENT_KEY: PRODUCER_KEY,
  OUTBOX_MAX_ROWS: maxRows,
  ...KafkaConfig.parse({}),
});
