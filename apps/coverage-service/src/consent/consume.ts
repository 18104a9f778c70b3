import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openKafka } from '@patient-access/kafka-client';
import { KafkaStrategy } from '@patient-access/kafka-client/strategy';
import type { KafkaConfig } from '@patient-access/kafka-client/config';
import { KAFKA_TOPICS } from '@patient-access/topology';

const HOUR_MS = 3_600_000;
/** What waits in a partition is stored together, about as much as auth-service sends over HTTP. */
const TOGETHER = { messages: 100, bytes: 1024 * 1024 };

/**
 * Consumes facts about consents as soon as the brokers are reachable. Offsets are committed after the handler has
 * committed.
 */
export async function consumeConsents(
  app: NestFastifyApplication,
  config: Readonly<KafkaConfig>,
): Promise<void> {
  const kafka = openKafka(config, 'coverage-service');
  if (!kafka) return;
  const { KAFKA_CONSENT_TOPIC: topic, KAFKA_CONSENT_TOPIC_HOURS: hours } = config;
  const strategy = new KafkaStrategy(kafka, {
    pattern: KAFKA_TOPICS.consents.name,
    topic,
    group: config.KAFKA_CONSENT_GROUP,
    concurrentPartitions: 1,
    together: TOGETHER,
    prepare: () =>
      kafka.createTopics([
        { topic, partitions: config.KAFKA_TOPIC_PARTITIONS, retentionMs: hours && hours * HOUR_MS },
      ]),
    payloadOf: (messages) => messages.map(({ value }) => value),
  });
  app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: false });
  await app.startAllMicroservices();
}
