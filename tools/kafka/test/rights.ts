/** What each user may read and write is what the topology says, and nothing else. */
import { describe, expect, it } from '@jest/globals';
import { openKafka } from '@patient-access/kafka-client';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { waitUntil } from '@patient-access/testing';
import {
  KAFKA_ACCESS,
  KAFKA_GROUPS,
  KAFKA_TOPICS,
  type KafkaTopic,
  type KafkaUser,
} from '@patient-access/topology';
import { type RunningKafka, SERVICE_USERS } from '../index.ts';

const USERS = Object.keys(KAFKA_ACCESS) as KafkaUser[];
const TOPICS = Object.keys(KAFKA_TOPICS) as KafkaTopic[];
const groupOf = (user: string, topic: KafkaTopic) => `probe-${user}-${topic}`;

const ALL_CHECKPOINTS = { topic: KAFKA_TOPICS.checkpoints.name, group: KAFKA_GROUPS.checkpoints.name };

/** The users, who may use groups of this test too: so it is seen whether the topic is closed to them. */
export const PROBING_USERS = SERVICE_USERS.map(({ name, acls }) => ({
  name,
  acls: [
    ...acls,
    ...TOPICS.map((topic) => ({
      resource: 'Group' as const,
      name: groupOf(name, topic),
      operation: 'Read' as const,
    })),
  ],
}));

const openAs = (broker: RunningKafka, user: string) => {
  const client = openKafka(KafkaConfig.parse(broker.settingsFor(user)), 'test');
  if (!client) throw new Error('no brokers');
  return client;
};

async function canWrite(broker: RunningKafka, user: string, topic: string): Promise<boolean> {
  const sender = openAs(broker, user).sender(topic);
  const sent = await sender.send([{ value: 'a message' }]).then(
    () => true,
    (error: Error) => (/AUTHORIZATION_FAILED/.test(error.message) ? false : Promise.reject(error)),
  );
  await sender.close();
  return sent;
}

/** The topic has a message. */
async function canRead(broker: RunningKafka, user: string, topic: string, group: string): Promise<boolean> {
  const client = openAs(broker, user);
  const told = Promise.withResolvers<boolean>();
  const consumer = client.consume({
    topic,
    group,
    concurrentPartitions: 1,
    together: { messages: 1, bytes: 0 },
    prepare: () => Promise.resolve(),
    handle: async () => told.resolve(true),
    report: (problem) =>
      /AUTHORIZATION_FAILED|may not read/.test(problem) ? told.resolve(false) : undefined,
  });
  const can = await told.promise;
  await consumer.close();
  return can;
}

export function describeRights(broker: () => RunningKafka): void {
  describe('T12: a service with its own user', () => {
    it.each(USERS)('%s writes and reads its topics and no others', async (user) => {
      const { writes, reads = [] } = KAFKA_ACCESS[user] ?? { writes: [] };
      const found = await Promise.all(
        TOPICS.map(async (key) => {
          const { name } = KAFKA_TOPICS[key];
          const written = await canWrite(broker(), user, name);
          return { key, written, read: await canRead(broker(), user, name, groupOf(user, key)) };
        }),
      );
      const of = (right: 'written' | 'read') =>
        found.filter((each) => each[right]).map(({ key }) => key as string);
      expect([of('written').sort(), of('read').sort()]).toEqual([[...writes].sort(), [...reads].sort()]);
    });

    it('does not learn how many messages wait for a group that it may not use', async () => {
      const { name } = KAFKA_TOPICS.consents;
      const coverage = openAs(broker(), 'coverage-service');
      // The alert ConsentsAreNotCounted goes by a number that is missing.
      await expect(coverage.lag('group-of-nobody', name)).rejects.toThrow(/may not/);
      // A broker that has just started does not know its groups yet.
      const own = () => coverage.lag(KAFKA_GROUPS.consents.name, name);
      await waitUntil(() =>
        own().then(
          (lag) => lag > 0,
          () => false,
        ),
      );
    });

    it('sees how many copies there are of a topic, and its settings where it may change them', async () => {
      const { name } = KAFKA_TOPICS.accessEvents;
      const [claims] = await openAs(broker(), 'claims-service').describeTopics([name]);
      expect(claims).toEqual({ topic: name, replicas: 1, settings: undefined });
      const [audit] = await openAs(broker(), 'audit-service').describeTopics([name]);
      expect(audit?.settings).toHaveProperty(['min.insync.replicas']);
    });

    it.each(['audit-service', 'audit-verification'])(
      '%s reads all checkpoints',
      async (user) => {
        const got: unknown[] = [];
        await openAs(broker(), user).readWhole(
          ALL_CHECKPOINTS,
          async (messages) => void got.push(...messages),
        );
        expect(got).not.toEqual([]);
      },
      120_000,
    );

    it('sets its events back when it is audit-service, and reads no checkpoints when it is another', async () => {
      const [group, topic] = [KAFKA_GROUPS.accessEvents.name, KAFKA_TOPICS.accessEvents.name];
      const [reset] = await openAs(broker(), 'audit-service').setBack(group, topic, new Date(0));
      expect(reset).toMatchObject({ to: 0, reachesBack: true });
      await expect(openAs(broker(), 'audit-verification').setBack(group, topic, new Date(0))).rejects.toThrow(
        /may not|does not exist/,
      );
      await expect(
        openAs(broker(), 'claims-service').readWhole(ALL_CHECKPOINTS, () => Promise.resolve()),
      ).rejects.toThrow(/may not|does not exist/);
    }, 120_000);

    it('cannot take part in the group of another service', async () => {
      const { accessEvents } = KAFKA_TOPICS;
      const group = 'patient-access.audit-service';
      expect(await canRead(broker(), 'coverage-service', accessEvents.name, group)).toBe(false);
    });
  });
}
