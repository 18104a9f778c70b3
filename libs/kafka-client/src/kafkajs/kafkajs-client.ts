import type { KafkaClient } from '../client.ts';
import type { KafkaConfig } from '../config.ts';
import { kafkaProblem } from '../problem.ts';
import { kafkajs, type Patience } from './connection.ts';
import { CONSUMER_PATIENCE, KafkajsConsumer } from './consumer.ts';
import { lagOf, setBack } from './offsets.ts';
import { readWholeTopic } from './read-whole.ts';
import { kafkajsSender } from './sender.ts';
import { createMissing, keepMessages, statesOf } from './topics.ts';

/** Whoever sends has the messages, and tries again by itself. */
const SENDER_PATIENCE: Patience = {
  requestTimeout: 5_000,
  retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
};
/** A broker often answers the first request with an error, because it does not know the group's coordinator yet. */
const LAG_PATIENCE: Patience = {
  requestTimeout: 2_000,
  retry: { retries: 3, initialRetryTime: 50, maxRetryTime: 500 },
};

export function kafkajsClient(config: KafkaConfig, clientId: string): KafkaClient {
  const sending = kafkajs(config, clientId, SENDER_PATIENCE);
  const measuring = kafkajs(config, `${clientId}-lag`, LAG_PATIENCE);
  const problemWith = (about: { topic?: string; groupId?: string }) => (error: unknown) =>
    kafkaProblem(error, config, about);
  const explained = (work: Promise<void>, topic: string): Promise<void> =>
    work.catch((error: unknown) => Promise.reject(problemWith({ topic })(error)));
  return {
    async createTopics(topics) {
      if (!config.KAFKA_CREATE_TOPICS) return;
      await explained(createMissing(sending, config, topics), topics.map(({ topic }) => topic).join(', '));
    },
    setRetention: (topic, ms) => explained(keepMessages(sending, topic, ms), topic),
    describeTopics: (topics) =>
      statesOf(measuring, topics).catch((error: unknown) =>
        Promise.reject(problemWith({ topic: topics.join(', ') })(error)),
      ),
    lag: (groupId, topic) =>
      lagOf(measuring, groupId, topic).catch((error: unknown) =>
        Promise.reject(problemWith({ topic, groupId })(error)),
      ),
    readWhole: (whole, handle) =>
      readWholeTopic(kafkajs(config, clientId, CONSUMER_PATIENCE), whole, handle).catch((error: unknown) =>
        Promise.reject(problemWith({ topic: whole.topic, groupId: whole.group })(error)),
      ),
    setBack: (groupId, topic, since) =>
      setBack(kafkajs(config, clientId, CONSUMER_PATIENCE), groupId, topic, since).catch((error: unknown) =>
        Promise.reject(problemWith({ topic, groupId })(error)),
      ),
    sender: (topic) => kafkajsSender(sending, topic, problemWith({ topic })),
    consume: (subscription) => {
      const { topic, group: groupId } = subscription;
      const kafka = kafkajs(config, clientId, CONSUMER_PATIENCE);
      return new KafkajsConsumer(kafka, subscription, problemWith({ topic, groupId }));
    },
  };
}
