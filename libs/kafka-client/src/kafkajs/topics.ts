/** What is asked of, and set at, the brokers about topics. Each question has a connection of its own. */
import type { Admin, Kafka } from 'kafkajs';
import type { KafkaConfig } from '../config.ts';
import type { NewTopic, TopicState } from '../client.ts';

const RETENTION = 'retention.ms';
const UNLIMITED = -1;
/** Of a resource, and of where a setting comes from, as Kafka numbers them; kafkajs exports its names of them as types only. */
const TOPIC_RESOURCE = 2;
const SET_FOR_TOPIC = 1;
/** The broker's default. */
const AS_THE_BROKER_SAYS = -1;

/** Works with one connection, and ends it. */
export async function asAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** Brokers may compact topics by default, or limit how large they get: then messages would go before their time. */
function settingsOf({ retentionMs }: NewTopic, { KAFKA_TOPIC_MIN_INSYNC_REPLICAS: min }: KafkaConfig) {
  const settings = {
    'cleanup.policy': 'delete',
    [RETENTION]: retentionMs,
    'retention.bytes': retentionMs === undefined ? undefined : UNLIMITED,
    'min.insync.replicas': min,
  };
  return Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: String(value) }],
  );
}

export const createMissing = (
  kafka: Kafka,
  config: KafkaConfig,
  topics: readonly NewTopic[],
): Promise<void> =>
  asAdmin(kafka, async (admin) => {
    const present = await admin.listTopics();
    const missing = topics.filter(({ topic }) => !present.includes(topic));
    if (missing.length === 0) return;
    await admin.createTopics({
      topics: missing.map((each) => ({
        topic: each.topic,
        numPartitions: each.partitions,
        replicationFactor: config.KAFKA_TOPIC_REPLICATION ?? AS_THE_BROKER_SAYS,
        configEntries: settingsOf(each, config),
      })),
      waitForLeaders: true,
    });
  });

export const keepMessages = (kafka: Kafka, topic: string, ms: number): Promise<void> =>
  asAdmin(kafka, async (admin) => {
    const resource = { type: TOPIC_RESOURCE, name: topic };
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
    // What is not named in the request is set back to the broker's default.
    const own = (resources[0]?.configEntries ?? [])
      .filter(({ configSource }) => Number(configSource) === SET_FOR_TOPIC)
      .map(({ configName: name, configValue: value }) => ({ name, value }));
    if (own.some(({ name, value }) => name === RETENTION && value === String(ms))) return;
    const kept = own.filter(({ name }) => name !== RETENTION);
    const configEntries = [...kept, { name: RETENTION, value: String(ms) }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
  });

const isRefused = (error: unknown): boolean =>
  (error as { type?: string }).type === 'TOPIC_AUTHORIZATION_FAILED';

async function configOf(admin: Admin, topic: string): Promise<TopicState['settings']> {
  const resources = [{ type: TOPIC_RESOURCE, name: topic }];
  try {
    const answer = await admin.describeConfigs({ resources, includeSynonyms: false });
    const entries = answer.resources.flatMap(({ configEntries }) => configEntries);
    return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}

export const statesOf = (kafka: Kafka, asked: readonly string[]): Promise<TopicState[]> =>
  asAdmin(kafka, async (admin) => {
    const present = new Set(await admin.listTopics());
    const topics = asked.filter((topic) => present.has(topic)).sort();
    if (topics.length === 0) return [];
    const metadata = await admin.fetchTopicMetadata({ topics });
    const partitionsOf = new Map(metadata.topics.map(({ name, partitions }) => [name, partitions]));
    const states: TopicState[] = [];
    for (const topic of topics) {
      const copies = (partitionsOf.get(topic) ?? []).map(({ replicas }) => replicas.length);
      states.push({ topic, replicas: Math.min(...copies), settings: await configOf(admin, topic) });
    }
    return states;
  });
