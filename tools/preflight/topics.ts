/** Whether the topics keep what they were given, as the brokers have them. */
import type { TopicState } from '@patient-access/kafka-client';
import type { KafkaConfig } from '@patient-access/kafka-client/config';
import { EVENT_TOPIC_HOURS, KAFKA_ACCESS, KAFKA_TOPICS, type ServiceName } from '@patient-access/topology';
import { type CheckedService, type Obstacle, toChange, toLookAt, unless } from './obstacle.ts';

const CHECK = 'Kafka topics';
/** With these no event that was confirmed is lost with one broker. */
export const LEAST_REPLICAS = 3;
export const LEAST_IN_SYNC = 2;
const HOUR_MS = 3_600_000;
/** What brokers take by default. A sender that was refused more sends in parts that fit into this (docs/kafka.md). */
const LEAST_MESSAGE_BYTES = 1_048_588;

/** @returns the topics that a service uses, as it names them */
export function topicsOf(service: ServiceName, config: KafkaConfig): string[] {
  const { writes = [], reads = [] } = KAFKA_ACCESS[service] ?? {};
  return [...new Set([...writes, ...reads])].map((key) => config[KAFKA_TOPICS[key].setting]);
}

/** Kafka keeps a message for ever with -1. */
const keeps = (retentionMs: number, hours: number): boolean =>
  retentionMs < 0 || retentionMs >= hours * HOUR_MS;

/**
 * For how long a topic has to keep its messages: checkpoints for ever, since the trail is verified by them. Of access events
 * audit-service alone decides. undefined: nobody says so
 */
const hoursOf = (
  topic: string,
  config: KafkaConfig,
  { service, given }: CheckedService,
): number | undefined => {
  if (topic === config.KAFKA_CHECKPOINT_TOPIC) return Infinity;
  if (topic !== config.KAFKA_ACCESS_EVENT_TOPIC || service !== 'audit-service') return undefined;
  return Number(given['EVENT_TOPIC_HOURS'] ?? EVENT_TOPIC_HOURS);
};

/** What deletes messages before their time. */
function ofRetention(topic: string, settings: Readonly<Record<string, string>>, hours: number): Obstacle[] {
  const { 'retention.ms': ms, 'retention.bytes': bytes } = settings;
  const fix =
    hours === Infinity
      ? '-1: the trail is verified by all checkpoints'
      : `EVENT_TOPIC_HOURS asks for ${hours} hours`;
  return [
    ...unless(keeps(Number(ms), hours), toChange(CHECK, `${topic}: retention.ms is ${ms}`, fix)),
    ...unless(
      Number(bytes) < 0,
      toChange(CHECK, `${topic}: retention.bytes is ${bytes}`, '-1: messages go by their time alone'),
    ),
  ];
}

function ofSettings(topic: string, settings: Readonly<Record<string, string>>, hours?: number): Obstacle[] {
  const { 'min.insync.replicas': inSync, 'cleanup.policy': cleanup, 'max.message.bytes': bytes } = settings;
  return [
    ...unless(
      Number(inSync) >= LEAST_IN_SYNC,
      toChange(
        CHECK,
        `${topic}: min.insync.replicas is ${inSync}`,
        `kafka-configs: ${LEAST_IN_SYNC} of ${LEAST_REPLICAS}`,
      ),
    ),
    ...unless(
      settings['unclean.leader.election.enable'] !== 'true',
      toChange(
        CHECK,
        `${topic}: unclean.leader.election.enable is true`,
        'false: it loses confirmed messages',
      ),
    ),
    ...unless(
      cleanup === 'delete',
      toChange(
        CHECK,
        `${topic}: cleanup.policy is ${cleanup}`,
        'delete: no message takes the place of another with its key',
      ),
    ),
    ...unless(
      !(Number(bytes) < LEAST_MESSAGE_BYTES),
      toChange(
        CHECK,
        `${topic}: max.message.bytes is ${bytes}`,
        `${LEAST_MESSAGE_BYTES} or more (docs/kafka.md)`,
      ),
    ),
    ...(hours === undefined ? [] : ofRetention(topic, settings, hours)),
  ];
}

function ofTopic({ topic, replicas, settings }: TopicState, hours?: number): Obstacle[] {
  return [
    ...unless(
      replicas >= LEAST_REPLICAS,
      toChange(CHECK, `${topic}: ${replicas} replicas`, `kafka-reassign-partitions: ${LEAST_REPLICAS}`),
    ),
    ...(settings === undefined
      ? [
          toLookAt(
            CHECK,
            `${topic}: this user may not ask for its settings`,
            'look with an administrator of Kafka',
          ),
        ]
      : ofSettings(topic, settings, hours)),
  ];
}

/**
 * @param asked the topics that the service uses
 * @param states those of them that are there
 * @param checked whose settings
 */
export function topicFindings(
  asked: readonly string[],
  states: readonly TopicState[],
  config: KafkaConfig,
  checked: CheckedService,
): Obstacle[] {
  const present = new Set(states.map(({ topic }) => topic));
  const missing = asked.filter((topic) => !present.has(topic));
  return [
    ...missing.map((topic) =>
      config.KAFKA_CREATE_TOPICS
        ? toLookAt(CHECK, `${topic} is not there yet`, 'the service that reads it makes it when it starts')
        : toChange(CHECK, `${topic} is not there`, 'KAFKA_CREATE_TOPICS is false: create it (docs/kafka.md)'),
    ),
    ...states.flatMap((state) => ofTopic(state, hoursOf(state.topic, config, checked))),
  ];
}
