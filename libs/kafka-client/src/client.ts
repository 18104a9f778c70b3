/**
 * What the product needs of Kafka, and no more. A client library stands behind it as an adapter (docs/kafka.md); the tests in
 * tools/kafka/test/contract.ts say what an adapter has to do.
 */

export interface OutgoingMessage {
  /** messages of one key stay in order */
  key?: string;
  value: string;
  headers?: Record<string, string>;
}

export interface IncomingMessage {
  key: string | undefined;
  value: string;
  headers: Readonly<Record<string, string>>;
}

export interface KafkaSender {
  /**
   * Resolves when all replicas in sync have the messages, some of them perhaps twice. When it rejects, any of them may be
   * missing. It connects with the first message, and again after each failure. Brokers take any number of messages, if each
   * has at most {@link MAX_MESSAGE_BYTES}.
   *
   * @throws KafkaProblem
   */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

export interface NewTopic {
  topic: string;
  partitions: number;
  /** `-1`: keep them for ever; undefined: what the brokers say */
  retentionMs?: number | undefined;
}

/** How the brokers keep a topic. */
export interface TopicState {
  topic: string;
  /** copies of the partition that has the fewest */
  replicas: number;
  /** by Kafka's name, as `min.insync.replicas`; undefined where this user may not ask (right DescribeConfigs) */
  settings: Readonly<Record<string, string>> | undefined;
}

export interface Subscription {
  topic: string;
  /** consumers of one group share the partitions */
  group: string;
  /** partitions that are read at the same time */
  concurrentPartitions: number;
  /** messages that wait are handled together: at most so many, and none more once they have so many bytes */
  together: { messages: number; bytes: number };
  /** before it subscribes, each time that it begins. When it rejects, the consumer begins again later. */
  prepare(): Promise<void>;
  /**
   * Takes messages of one partition, in their order. Only afterwards their offset moves on. When it rejects, it gets them
   * again, one by one: so the message that it cannot take keeps back those behind it, and none before it.
   */
  handle(messages: readonly IncomingMessage[]): Promise<void>;
  /** is told in one line why messages wait; the consumer tries again by itself */
  report(problem: string): void;
}

/** A topic that is read once, to the newest message that it has, and the group that whoever reads it is in meanwhile. */
export interface WholeTopic {
  topic: string;
  group: string;
  /** of each partition the newest ones, so many at most; all of them unless it says otherwise */
  newest?: number | undefined;
  /** after so long without a message that is still to be read it gives up, ms; a minute unless it says otherwise */
  patienceMs?: number;
}

/** Where a group goes on in one partition. */
export interface ResetPartition {
  partition: number;
  /** the first message that it had not read */
  from: number;
  /** the first message that it gets now */
  to: number;
  /** false: the brokers have deleted messages before this one, and what was asked for may have been among them */
  reachesBack: boolean;
}

export interface KafkaClient {
  /** Creates those topics that are missing, unless the settings leave that to the operators. @throws KafkaProblem */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** Sets for how long a topic keeps its messages, and leaves its other settings as they are. @throws KafkaProblem */
  setRetention(topic: string, ms: number): Promise<void>;
  /** @returns those of the topics that are there, in the order of their names @throws KafkaProblem */
  describeTopics(topics: readonly string[]): Promise<TopicState[]>;
  /** @returns the number of messages in a topic that a group has not read @throws KafkaProblem */
  lag(group: string, topic: string): Promise<number>;
  /**
   * Hands over the messages that a topic has when this begins, all or the newest. The group is given no offsets, so the next
   * one begins at the oldest message again. It rejects rather than to leave one out or to wait for ever.
   *
   * @throws KafkaProblem
   */
  readWhole(
    whole: WholeTopic,
    handle: (messages: readonly IncomingMessage[]) => Promise<void>,
  ): Promise<void>;
  /**
   * Has a group, of which nobody reads, get again what came into a topic since a time. It is set nowhere forward.
   *
   * @throws KafkaProblem
   */
  setBack(group: string, topic: string, since: Date): Promise<ResetPartition[]>;
  sender(topic: string): KafkaSender;
  /** Begins to consume, at the first message for a new group, and goes on until it is closed. */
  consume(subscription: Subscription): { close(): Promise<void> };
}
