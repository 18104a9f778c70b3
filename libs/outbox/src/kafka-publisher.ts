import {
  ACCESS_EVENT_DEAD_LETTER_TOPIC,
  ACCESS_EVENT_TOPIC,
  batchText,
  CONSENT_TOPIC,
  type EventBatch,
  partitionKey,
} from '@patient-access/events';
import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Publisher } from './publisher.ts';

/** The lanes of all tenants spread over these; events of one member stay in order. */
const PARTITIONS = 12;
const REQUEST_TIMEOUT_MS = 5_000;

async function createMissingTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = [ACCESS_EVENT_TOPIC, ACCESS_EVENT_DEAD_LETTER_TOPIC, CONSENT_TOPIC];
    const present = await admin.listTopics();
    const missing = topics.filter((topic) => !present.includes(topic));
    if (missing.length === 0) return;
    // Replication factor -1 means the broker's default: the operator of the cluster decides it.
    await admin.createTopics({
      topics: missing.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: -1 })),
      waitForLeaders: true,
    });
  } finally {
    await admin.disconnect();
  }
}

function connectionTo(brokers: readonly string[], clientId: string): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
}

/**
 * Creates the topics that are missing, because a consumer cannot subscribe to a topic that does not exist.
 *
 * @throws Error of kafkajs when no broker can be reached
 */
export function ensureTopics(brokers: readonly string[], clientId: string): Promise<void> {
  return createMissingTopics(connectionTo(brokers, clientId));
}

const asKafkaMessage = (batch: EventBatch) => ({ key: partitionKey(batch), value: batchText(batch) });

interface KafkaMessage {
  key: string;
  value: string;
}

/**
 * Sends to a Kafka topic with `acks=all`. It connects at the first delivery, and again after each failure. A broker
 * that is not reachable, at the start or later, delays messages but loses none.
 */
export function kafkaSender(brokers: readonly string[], clientId: string, topic: string) {
  const kafka = connectionTo(brokers, clientId);
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  let connected: Promise<void> | undefined;
  const connect = () => createMissingTopics(kafka).then(() => producer.connect());
  return {
    async send(messages: KafkaMessage[]): Promise<void> {
      try {
        await (connected ??= connect());
        await producer.send({ topic, acks: -1, compression: CompressionTypes.GZIP, messages });
      } catch (error) {
        connected = undefined;
        await producer.disconnect().catch(() => undefined);
        throw error;
      }
    },
    close: () => producer.disconnect(),
  };
}

/** Publishes access events to Kafka. */
export function kafkaPublisher(brokers: readonly string[], clientId: string): Publisher {
  const { send, close } = kafkaSender(brokers, clientId, ACCESS_EVENT_TOPIC);
  return {
    async publish(batches) {
      await send(batches.map(asKafkaMessage));
      return 'sent';
    },
    close,
  };
}
