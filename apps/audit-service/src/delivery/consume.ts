import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseBatch } from '@patient-access/events';
import { type IncomingMessage, type KafkaClient, openKafka } from '@patient-access/kafka-client';
import type { KafkaConfig } from '@patient-access/kafka-client/config';
import { KafkaStrategy } from '@patient-access/kafka-client/strategy';
import { KAFKA_TOPICS } from '@patient-access/topology';
import { TRACES_HEADER, tracesIn } from '@patient-access/tracing';
import { announce } from './announce.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { Delivered } from './events.controller.ts';

/** Partitions that one replica reads at the same time; each waits for its own commits. */
const CONCURRENT_PARTITIONS = 4;
/**
 * What waits in a partition is stored together: a call costs more than many events (ADR 52). It is about as much as a relay
 * delivers over HTTP, so that it is stored long before the group gives up the consumer.
 */
const TOGETHER = { messages: 500, bytes: 1024 * 1024 };
const HOUR_MS = 3_600_000;

type Config = Readonly<KafkaConfig & { EVENT_TOPIC_HOURS: number }>;

const delivered = ({ key, value, headers }: IncomingMessage): Delivered => {
  const batch = parseBatch(value);
  const traces = tracesIn(headers[TRACES_HEADER]);
  return batch ? { ...batch, key: key ?? '', traces } : { unreadable: value };
};

/** Creates the topics that nobody else creates, and sets for how long access events are kept. */
async function prepareTopics(
  kafka: KafkaClient,
  config: Config,
  report: (problem: string) => void,
): Promise<void> {
  const { KAFKA_TOPIC_PARTITIONS: partitions, KAFKA_DEAD_LETTER_TOPIC_HOURS: hours } = config;
  const retentionMs = config.EVENT_TOPIC_HOURS * HOUR_MS;
  await kafka.createTopics([
    { topic: config.KAFKA_ACCESS_EVENT_TOPIC, partitions, retentionMs },
    { topic: config.KAFKA_DEAD_LETTER_TOPIC, partitions: 1, retentionMs: hours && hours * HOUR_MS },
  ]);
  // Where the brokers do not allow it, the operators have to set it; events are taken in all the same.
  await kafka
    .setRetention(config.KAFKA_ACCESS_EVENT_TOPIC, retentionMs)
    .catch((error: Error) => report(`the retention of access events could not be set: ${error.message}`));
}

/**
 * Consumes access events from Kafka if brokers are configured, as soon as they answer. An offset is committed after the
 * handler's own commit.
 */
export async function consumeKafka(app: NestFastifyApplication, config: Config): Promise<void> {
  const kafka = openKafka(config, 'audit-service');
  if (!kafka) return;
  const deadLetters = kafka.sender(config.KAFKA_DEAD_LETTER_TOPIC);
  const strategy: KafkaStrategy = new KafkaStrategy(kafka, {
    pattern: KAFKA_TOPICS.accessEvents.name,
    topic: config.KAFKA_ACCESS_EVENT_TOPIC,
    group: config.KAFKA_ACCESS_EVENT_GROUP,
    concurrentPartitions: CONCURRENT_PARTITIONS,
    together: TOGETHER,
    prepare: () => prepareTopics(kafka, config, (problem) => strategy.report(problem)),
    payloadOf: (messages) => messages.map(delivered),
    handled: (letters) =>
      announce(deadLetters, letters as DeadLetter[], (problem) => strategy.report(problem)),
    ended: () => deadLetters.close(),
  });
  app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: false });
  await app.startAllMicroservices();
}
