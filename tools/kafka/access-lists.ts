/** Gives the users of a broker their rights. */
import type { KafkaAcl } from '@patient-access/topology';
import type { Kafka } from 'kafkajs';
import type { BrokerUser } from './security.ts';

/** As Kafka numbers them; kafkajs exports its names of them as types only. */
const RESOURCES = { Topic: 2, Group: 3 } satisfies Record<KafkaAcl['resource'], number>;
const OPERATIONS = {
  Read: 3,
  Write: 4,
  Create: 5,
  Describe: 8,
  DescribeConfigs: 10,
  AlterConfigs: 11,
} satisfies Record<KafkaAcl['operation'], number>;
const LITERAL = 3;
const ALLOW = 3;

/** @param kafka logged in as somebody who may alter the cluster */
export async function allow(kafka: Kafka, users: readonly BrokerUser[]): Promise<void> {
  // A user who logs in with a certificate is called by its subject.
  const acl = users.flatMap(({ name, acls }) =>
    [`User:${name}`, `User:CN=${name}`].flatMap((principal) =>
      acls.map(({ resource, name: resourceName, operation }) => ({
        principal,
        host: '*',
        resourceType: RESOURCES[resource],
        resourceName,
        resourcePatternType: LITERAL,
        operation: OPERATIONS[operation],
        permissionType: ALLOW,
      })),
    ),
  );
  if (acl.length === 0) return;
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createAcls({ acl });
  } finally {
    await admin.disconnect();
  }
}
