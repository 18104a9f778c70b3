/** Compares the users of Kafka that Strimzi makes with the table of rights. */
import {
  KAFKA_ACCESS,
  KAFKA_TOPICS,
  type KafkaAcl,
  kafkaAcls,
  type KafkaUser,
} from '@patient-access/topology';
import type { Manifest } from './render.ts';

interface UserSpec {
  authorization: {
    acls: { resource: { type: string; name: string; patternType: string }; operations: string[] }[];
  };
}

const shownAcl = ({ resource, name, operation }: KafkaAcl) =>
  `${resource.toLowerCase()} literal ${name}: ${operation}`;

const rightsOf = ({ spec }: Manifest): string[] =>
  (spec as UserSpec).authorization.acls.flatMap(({ resource: { type, name, patternType }, operations }) =>
    operations.map((operation) => `${type} ${patternType} ${name}: ${operation}`),
  );

const only = (these: readonly string[], those: readonly string[]) =>
  these.filter((each) => !those.includes(each));

function userProblems(users: readonly Manifest[]): string[] {
  return (Object.keys(KAFKA_ACCESS) as KafkaUser[]).flatMap((name) => {
    const user = users.find(({ metadata }) => metadata.name === name);
    if (!user) return [`KafkaUser/${name}: is missing`];
    const [given, wanted] = [rightsOf(user), kafkaAcls(name).map(shownAcl)];
    return [
      ...only(wanted, given).map((right) => `KafkaUser/${name}: may not ${right}`),
      ...only(given, wanted).map((right) => `KafkaUser/${name}: may ${right}, and must not`),
    ];
  });
}

/** @returns what differs from the table, one line each; nothing where the users come from somewhere else */
export function rightsProblems(manifests: Manifest[]): string[] {
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const [users, topics] = [ofKind('KafkaUser'), ofKind('KafkaTopic')];
  if (users.length === 0 && topics.length === 0) return [];
  const names = topics.map(({ metadata }) => metadata.name);
  const wanted = Object.values(KAFKA_TOPICS).map(({ name }) => name);
  return [
    ...userProblems(users),
    ...only(wanted, names).map((name) => `KafkaTopic/${name}: is missing`),
    ...only(names, wanted).map((name) => `KafkaTopic/${name}: nobody uses it`),
  ];
}
