/** Shows that the checks of what operators and stores bring can fail: each test changes one thing in valid objects. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { KAFKA_ACCESS, KAFKA_TOPICS, kafkaAcls, type KafkaUser } from '@patient-access/topology';
import type { Manifest } from './render.ts';
import { rightsProblems } from './rights.ts';
import { schemaProblems } from './schema.ts';
import { externalProblems, neededKeys, unprintedKeys } from './secrets.ts';

const object = (apiVersion: string, kind: string, name: string, spec: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
});

const user = (login: KafkaUser) =>
  object('kafka.strimzi.io/v1', 'KafkaUser', login, {
    authentication: { type: 'scram-sha-512' },
    authorization: {
      type: 'simple',
      acls: kafkaAcls(login).map(({ resource, name, operation }) => ({
        resource: { type: resource.toLowerCase(), name, patternType: 'literal' },
        operations: [operation],
      })),
    },
  });
const topic = ({ name }: { name: string }) =>
  object('kafka.strimzi.io/v1', 'KafkaTopic', name, { partitions: 1, replicas: 3, config: {} });

describe('the users and topics of Kafka', () => {
  let users: Manifest[];
  beforeEach(() => void (users = (Object.keys(KAFKA_ACCESS) as KafkaUser[]).map(user)));
  const topics = Object.values(KAFKA_TOPICS).map(topic);
  const aclsOf = (at: number) =>
    (users[at]?.['spec'] as { authorization: { acls: { operations: string[] }[] } }).authorization.acls;

  it('have the rights of the table, and are valid', async () => {
    expect(rightsProblems([...users, ...topics])).toEqual([]);
    expect(await schemaProblems([...users, ...topics])).toEqual([]);
  });

  it.each<[string, () => void, string]>([
    ['a right too few', () => aclsOf(0).shift(), 'may not topic literal patient-access.access-events: Write'],
    ['a right too many', () => aclsOf(3)[0]?.operations.push('Read'), 'claims-service: may topic literal'],
    ['a user too few', () => users.pop(), 'KafkaUser/audit-verification: is missing'],
    [
      'a verification that may write',
      () => aclsOf(5)[0]?.operations.push('Write'),
      'KafkaUser/audit-verification: may topic literal patient-access.trail-checkpoints: Write, and must not',
    ],
    ['an operation that does not exist', () => aclsOf(0)[0]?.operations.push('Reed'), 'Reed, and must not'],
  ])('are refused with %s', (_what, breakIt, problem) => {
    breakIt();
    expect(rightsProblems([...users, ...topics]).join('\n')).toContain(problem);
  });

  it('are refused without a topic, and with one too many', () => {
    expect(rightsProblems([...users, ...topics.slice(1), topic({ name: 'x' })])).toEqual([
      'KafkaTopic/patient-access.access-events: is missing',
      'KafkaTopic/x: nobody uses it',
    ]);
  });
});

describe('the schema of a kind that an operator brings', () => {
  it.each<[string, Manifest, RegExp]>([
    [
      'a field that does not exist',
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'r', { hostname: 'a.example' }),
      /HTTPRoute\/r: spec must NOT have additional properties .*hostname/,
    ],
    [
      'a wrong value',
      object('postgresql.cnpg.io/v1', 'Cluster', 'c', { instances: 0 }),
      /Cluster\/c: spec\/instances must be >= 1/,
    ],
    [
      'a schedule without seconds',
      object('postgresql.cnpg.io/v1', 'ScheduledBackup', 's', {
        schedule: '0 1 * * *',
        cluster: { name: 'c' },
      }),
      /spec\/schedule must match pattern/,
    ],
    [
      'a version that the operator does not have',
      object('kafka.strimzi.io/v1beta1', 'KafkaTopic', 't', {}),
      /Kubernetes has no kafka.strimzi.io\/v1beta1 KafkaTopic/,
    ],
  ])('refuses %s', async (_what, manifest, problem) => {
    expect((await schemaProblems([manifest])).join('\n')).toMatch(problem);
  });
});

describe('a Secret that pods mount', () => {
  const path = '/run/secrets/patient-access';
  const job = object('batch/v1', 'Job', 'import', {
    template: {
      spec: {
        containers: [
          {
            name: 'app',
            env: [{ name: 'URL_FILE', value: `${path}/url` }],
            volumeMounts: [{ name: 'secrets', mountPath: path }],
          },
        ],
        volumes: [{ name: 'secrets', secret: { secretName: 'import' } }],
      },
    },
  });
  const external = (name: string) => object('external-secrets.io/v1', 'ExternalSecret', name, {});

  it('is found with its keys', () =>
    expect(neededKeys([job])).toEqual(new Map([['import', new Set(['url'])]])));

  it('has to be printed by the script, with each key', () => {
    expect(unprintedKeys(neededKeys([job]), new Map([['import', new Set(['url'])]]))).toEqual([]);
    expect(unprintedKeys(neededKeys([job]), new Map([['import', new Set(['other'])]]))).toEqual([
      'k8s/secrets.sh: prints no url in import, which pods read',
    ]);
  });

  it('has to come from the store, where any does', () => {
    expect(externalProblems([job])).toEqual([]);
    expect(externalProblems([job, external('import')])).toEqual([]);
    expect(externalProblems([job, external('report')])).toEqual([
      'ExternalSecret/import: is missing, and pods mount the Secret',
    ]);
  });
});
