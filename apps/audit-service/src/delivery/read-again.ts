/** Has access events come once more from Kafka: after a restore of the trail, what was stored since the backup. */
import { openKafka } from '@patient-access/kafka-client';
import type { KafkaConfig } from '@patient-access/kafka-client/config';
import { ConfigError } from '@patient-access/platform/config';

interface ReadAgain {
  group: string;
  topic: string;
  /** messages that come again; what is stored already is not stored twice */
  messages: number;
  /** partitions of which the brokers have deleted messages, perhaps some of what was asked for */
  mayLack: number[];
}

/** @throws KafkaProblem while audit-service runs, ConfigError where there are no brokers */
export async function readAgain(config: KafkaConfig, since: Date): Promise<ReadAgain> {
  const kafka = openKafka(config, 'audit-service/reset-offsets');
  if (!kafka) throw new ConfigError('KAFKA_BROKERS is missing: without Kafka there are no offsets');
  const { KAFKA_ACCESS_EVENT_GROUP: group, KAFKA_ACCESS_EVENT_TOPIC: topic } = config;
  const partitions = await kafka.setBack(group, topic, since);
  return {
    group,
    topic,
    messages: partitions.reduce((sum, { from, to }) => sum + from - to, 0),
    mayLack: partitions.filter(({ reachesBack }) => !reachesBack).map(({ partition }) => partition),
  };
}
