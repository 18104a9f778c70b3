import type { KafkaClient } from './client.ts';
import type { KafkaConfig } from './config.ts';
import { kafkajsClient } from './kafkajs/kafkajs-client.ts';

/**
 * The one way to Kafka. It connects when it is used, so that a broker that is away keeps no service from starting.
 *
 * @param clientId name of the client in the brokers' logs and quotas
 * @returns undefined where no brokers are set
 * @throws ConfigError with one line about settings that do not fit together
 */
export const openKafka = (config: KafkaConfig, clientId: string): KafkaClient | undefined =>
  config.KAFKA_BROKERS ? kafkajsClient(config, clientId) : undefined;
