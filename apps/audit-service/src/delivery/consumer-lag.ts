import { type Admin, Kafka, logLevel } from 'kafkajs';

const REQUEST_TIMEOUT_MS = 2_000;

/**
 * How far the group is behind its topic.
 *
 * @returns a function that asks the brokers, and rejects when they do not answer
 */
export function consumerLag(brokers: readonly string[], groupId: string, topic: string) {
  const kafka = new Kafka({
    clientId: `${groupId}-lag`,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // The first answer is often that it does not know the coordinator yet.
    retry: { retries: 3, initialRetryTime: 50, maxRetryTime: 500 },
  });
  const ask = async (admin: Admin): Promise<number> => {
    const [ends, [group]] = await Promise.all([
      admin.fetchTopicOffsets(topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
    ]);
    const read = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    // A group that has read nothing of a partition has the offset -1 there, and begins at the lowest.
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
