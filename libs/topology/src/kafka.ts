/** The topics and consumer groups, and what each user may do with them. Access lists of the brokers are made from this. */
import type { ServiceName } from './topology.ts';

interface Named {
  /** the name that it has unless the setting says otherwise */
  name: string;
  setting: string;
}

export const KAFKA_TOPICS = {
  /** batches of access events; the key is their tenant and lane */
  accessEvents: { name: 'patient-access.access-events', setting: 'KAFKA_ACCESS_EVENT_TOPIC' },
  /** messages that audit-service cannot store, kept whole for a person to look at */
  deadLetters: { name: 'patient-access.access-events.dead-letter', setting: 'KAFKA_DEAD_LETTER_TOPIC' },
  /** facts about consents; the key is tenant and member */
  consents: { name: 'patient-access.consents', setting: 'KAFKA_CONSENT_TOPIC' },
  /** signed heads of the audit trail; the key is the tenant */
  checkpoints: { name: 'patient-access.trail-checkpoints', setting: 'KAFKA_CHECKPOINT_TOPIC' },
} as const satisfies Record<string, Named>;
export type KafkaTopic = keyof typeof KAFKA_TOPICS;

/** For how many hours the topic of access events keeps its messages, unless audit-service is told otherwise. */
export const EVENT_TOPIC_HOURS = 192;

export const KAFKA_GROUPS = {
  accessEvents: { name: 'patient-access.audit-service', setting: 'KAFKA_ACCESS_EVENT_GROUP' },
  consents: { name: 'patient-access.coverage-service', setting: 'KAFKA_CONSENT_GROUP' },
  /** verifications, which read the topic from its beginning each time */
  checkpoints: { name: 'patient-access.audit-verification', setting: 'KAFKA_CHECKPOINT_GROUP' },
} as const satisfies Partial<Record<KafkaTopic, Named>>;

interface KafkaAccess {
  writes: readonly KafkaTopic[];
  reads?: readonly (keyof typeof KAFKA_GROUPS)[];
  /** topics that it creates when they are missing, unless `KAFKA_CREATE_TOPICS` is false */
  creates?: readonly KafkaTopic[];
  /** topics whose settings it changes */
  configures?: readonly KafkaTopic[];
}

/** A service, or the commands that verify the trail: whoever checks it may not write what it is checked by. */
export type KafkaUser = ServiceName | 'audit-verification';

/** The service that reads a topic creates it, and a topic that no service reads is created by the one that writes it. */
export const KAFKA_ACCESS: Readonly<Partial<Record<KafkaUser, KafkaAccess>>> = {
  'audit-service': {
    writes: ['accessEvents', 'deadLetters', 'checkpoints'],
    reads: ['accessEvents', 'checkpoints'],
    creates: ['accessEvents', 'deadLetters', 'checkpoints'],
    configures: ['accessEvents'],
  },
  'auth-service': { writes: ['accessEvents', 'consents'] },
  'coverage-service': { writes: ['accessEvents'], reads: ['consents'], creates: ['consents'] },
  'claims-service': { writes: ['accessEvents'] },
  'clinical-service': { writes: ['accessEvents'] },
  'audit-verification': { writes: [], reads: ['checkpoints'] },
};

/** One right of one user, in Kafka's words. */
export interface KafkaAcl {
  resource: 'Topic' | 'Group';
  name: string;
  operation: 'Read' | 'Write' | 'Describe' | 'Create' | 'DescribeConfigs' | 'AlterConfigs';
}

/**
 * @param named other names than those of the table, by the setting that says so
 * @returns what a user has to be allowed, and no more; Write and Read let it Describe too
 */
export function kafkaAcls(
  user: KafkaUser,
  named: Readonly<Record<string, string | undefined>> = {},
): KafkaAcl[] {
  const { writes = [], reads = [], creates = [], configures = [] } = KAFKA_ACCESS[user] ?? {};
  const nameOf = ({ name, setting }: Named) => named[setting] ?? name;
  const topic = (key: KafkaTopic, operation: KafkaAcl['operation']): KafkaAcl => ({
    resource: 'Topic',
    name: nameOf(KAFKA_TOPICS[key]),
    operation,
  });
  return [
    ...writes.map((key) => topic(key, 'Write')),
    ...reads.map((key) => topic(key, 'Read')),
    ...reads.map((key): KafkaAcl => ({
      resource: 'Group',
      name: nameOf(KAFKA_GROUPS[key]),
      operation: 'Read',
    })),
    ...creates.map((key) => topic(key, 'Create')),
    ...configures.flatMap((key) => [topic(key, 'DescribeConfigs'), topic(key, 'AlterConfigs')]),
  ];
}
