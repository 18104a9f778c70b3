import { type Admin, Kafka, logLevel } from 'kafkajs';

const REQUEST_TIMEOUT_MS = 2_000;

/**
 * Measures how far a consumer group is behind its topic.
 *
 * @returns a function that asks the brokers, and rejects when they do not answer
 */
export function consumerLag(brokers: readonly string[], groupId: string, topic: string) {
  const kafka = new Kafka({
    clientId: `${groupId}-lag`,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A broker often answers the first request with an error, because it does not know the group's coordinator yet.
    retry: { retries: 3, initialRetryTime: 50, maxRetryTime: 500 },
  });
  const ask = async (admin: Admin): Promise<number> => {
    const [ends, [group]] = await Promise.all([
      admin.fetchTopicOffsets(topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
    ]);
    const read = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    // In a partition that the group has never read, its offset is -1, and it will begin at the lowest offset.
    return ends.reduce(
      (lag, { partition, high, low }) =>
        lag + Number(high) - Math.max(Number(low), read.get(partition) ?? -1),
      0,
    );
  };
  return async (): Promise<number> => {
    const admin = kafka.admin();
    try {
      await admin.connect();
      return await ask(admin);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  };
}
