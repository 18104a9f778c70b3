/** How users reach a broker of this folder. */
import { kafkajs } from '@patient-access/kafka-client';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { KAFKA_ACCESS, kafkaAcls, type KafkaUser } from '@patient-access/topology';
import type { Kafka } from 'kafkajs';
import type { BrokerUser, SecuredBroker } from './security.ts';

/** Environment variables. */
export type ClientSettings = Record<string, string>;

/** A user for each service and for verifications, who may do what it needs. */
export const SERVICE_USERS: readonly BrokerUser[] = Object.keys(KAFKA_ACCESS).map((name) => ({
  name,
  acls: kafkaAcls(name as KafkaUser),
}));

const PATIENT = { requestTimeout: 10_000, retry: { retries: 5 } };

export function settingsFor(
  brokers: string,
  secured: SecuredBroker | undefined,
  user: string,
): ClientSettings {
  if (!secured) return { KAFKA_BROKERS: brokers };
  return {
    KAFKA_BROKERS: brokers,
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_CA_FILE: secured.caFile,
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD: secured.passwords[user] ?? '',
  };
}

/** The same, where each service logs in as a user of its own name (tools/preview). */
export function settingsForServices(brokers: string, secured: SecuredBroker | undefined): ClientSettings {
  const { KAFKA_SASL_USERNAME: _, KAFKA_SASL_PASSWORD: __, ...rest } = settingsFor(brokers, secured, '');
  return { ...rest, ...(secured && { KAFKA_PASSWORD_DIRECTORY: secured.passwordDir }) };
}

export const clientAs = (
  brokers: string,
  secured: SecuredBroker | undefined,
  user: string,
  patience: Parameters<typeof kafkajs>[2] = PATIENT,
): Kafka => kafkajs(KafkaConfig.parse(settingsFor(brokers, secured, user)), `tools/${user}`, patience);
