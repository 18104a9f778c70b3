import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Checkpoint } from './checkpoint.ts';

/** The topic of checkpoints. Nobody who can only write to the database can change it. The key is the tenant. */
const TOPIC = 'patient-access.trail-checkpoints';
const REQUEST_TIMEOUT_MS = 5_000;

async function createTopic(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if ((await admin.listTopics()).includes(TOPIC)) return;
    const configEntries = [{ name: 'retention.ms', value: '-1' }];
    // Replication factor -1 means the broker's default: the operator of the cluster decides it.
    const topic = { topic: TOPIC, numPartitions: 1, replicationFactor: -1, configEntries };
    await admin.createTopics({ topics: [topic], waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
}

/**
 * Publishes checkpoints to Kafka, which keeps them for ever. It connects at the first one, and again after a failure.
 */
export function checkpointTopic(brokers: readonly string[]) {
  const kafka = new Kafka({
    clientId: 'audit-service/checkpoints',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false });
  let connected: Promise<void> | undefined;
  return {
    async publish(checkpoints: readonly Pick<Checkpoint, 'tenant' | 'jws'>[]): Promise<void> {
      try {
        await (connected ??= createTopic(kafka).then(() => producer.connect()));
        const messages = checkpoints.map(({ tenant, jws }) => ({ key: tenant, value: jws }));
        await producer.send({ topic: TOPIC, acks: -1, compression: CompressionTypes.None, messages });
      } catch (error) {
        connected = undefined;
        await producer.disconnect().catch(() => undefined);
        throw error;
      }
    },
    close: () => producer.disconnect(),
  };
}
