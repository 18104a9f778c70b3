/** Whether Kafka keeps what it was given, and whether it can be reached with these settings. */
import { openKafka } from '@patient-access/kafka-client';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { loadConfig } from '@patient-access/platform/config';
import { KAFKA_ACCESS, type ServiceName } from '@patient-access/topology';
import { type Obstacle, toChange, type CheckedService, unless } from './obstacle.ts';
import { LEAST_IN_SYNC, LEAST_REPLICAS, topicFindings, topicsOf } from './topics.ts';

/** What the settings ask for, where this service creates topics. Others are given no such settings. */
function asked(service: ServiceName, config: KafkaConfig): Obstacle[] {
  const fix = `KAFKA_TOPIC_REPLICATION=${LEAST_REPLICAS} and KAFKA_TOPIC_MIN_INSYNC_REPLICAS=${LEAST_IN_SYNC}`;
  if (!config.KAFKA_CREATE_TOPICS || !KAFKA_ACCESS[service]?.creates) return [];
  const { KAFKA_TOPIC_REPLICATION: replicas, KAFKA_TOPIC_MIN_INSYNC_REPLICAS: inSync } = config;
  const said = `replicas: ${replicas ?? 'what the brokers say'}, in sync: ${inSync ?? 'what the brokers say'}`;
  const enough = (replicas ?? 0) >= LEAST_REPLICAS && (inSync ?? 0) >= LEAST_IN_SYNC;
  return unless(enough, toChange('Kafka topics', said, fix));
}

/** What the brokers have. */
async function found(config: KafkaConfig, checked: CheckedService): Promise<Obstacle[]> {
  const { service } = checked;
  const topics = topicsOf(service, config);
  try {
    const states = await openKafka(config, `${service}-preflight`)?.describeTopics(topics);
    return topicFindings(topics, states ?? [], config, checked);
  } catch (error) {
    return [toChange('Kafka', (error as Error).message, 'docs/kafka.md says what to do about each line')];
  }
}

export async function kafkaFindings(checked: CheckedService): Promise<Obstacle[]> {
  const { service, given } = checked;
  if (KAFKA_ACCESS[service] === undefined) return [];
  const config = loadConfig(KafkaConfig, given);
  if (config.KAFKA_BROKERS === undefined)
    return [toChange('Kafka', 'KAFKA_BROKERS is not set', 'events and consents need brokers in production')];
  const protocol = config.KAFKA_SECURITY_PROTOCOL;
  const secured = ['SSL', 'SASL_SSL'].includes(protocol);
  const open = toChange('TLS to Kafka', `KAFKA_SECURITY_PROTOCOL is ${protocol}`, 'SASL_SSL or SSL');
  return [...unless(secured, open), ...asked(service, config), ...(await found(config, checked))];
}
