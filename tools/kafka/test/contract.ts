/**
 * What an adapter of `KafkaClient` (libs/kafka-client) has to do, against a real broker. Another client library is another row
 * of ADAPTERS in secured.test.ts.
 */
import { hash, randomBytes, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type IncomingMessage, type KafkaClient, MAX_MESSAGE_BYTES } from '@patient-access/kafka-client';
import type { KafkaConfig } from '@patient-access/kafka-client/config';
import { waitUntil } from '@patient-access/testing';
import type { RunningKafka } from '../index.ts';
import { ownSettingsOf } from './own-settings.ts';

/** A group may have to wait for the end of a session. */
const WITHIN = { withinMs: 60_000 };

/** Text of so many bytes that gzip makes no smaller than 7/8 of them. */
const randomText = (bytes: number): string =>
  Buffer.from(randomBytes(bytes).map((byte) => byte & 0x7f)).toString('latin1');
const hashOf = (text: string): string => hash('sha256', text, 'hex');

export interface AdapterWorld {
  broker(): RunningKafka;
  /** stops the broker, and starts it again on the same port */
  restart(): Promise<void>;
  /** with the settings of the administrator, and these beside */
  open(settings?: Partial<KafkaConfig>): KafkaClient;
}

export function describeContract(name: string, { broker, restart, open }: AdapterWorld): void {
  describe(`a Kafka client on ${name}`, () => {
    const closing: { close(): Promise<void> }[] = [];
    afterEach(async () => {
      await Promise.all(closing.splice(0).map((each) => each.close()));
    });

    async function newTopic(client: KafkaClient, partitions = 3): Promise<string> {
      const topic = `topic-${randomUUID()}`;
      await client.createTopics([{ topic, partitions }]);
      return topic;
    }
    function senderTo(client: KafkaClient, topic: string) {
      const sender = client.sender(topic);
      closing.push(sender);
      return sender;
    }
    function consume(
      client: KafkaClient,
      topic: string,
      group: string,
      handle: (messages: readonly IncomingMessage[]) => Promise<void>,
      together = { messages: 100, bytes: 1_000_000 },
    ) {
      const prepare = () => Promise.resolve();
      const report = () => undefined;
      const how = { concurrentPartitions: 2, together, prepare, handle, report };
      const consumer = client.consume({ topic, group, ...how });
      closing.push(consumer);
      return consumer;
    }
    const collecting = (into: IncomingMessage[]) => async (messages: readonly IncomingMessage[]) =>
      void into.push(...messages);
    const valuesOf = (messages: readonly IncomingMessage[], key: string) =>
      messages.filter((message) => message.key === key).map(({ value }) => value);

    it('brings all messages of one key in their order', async () => {
      const client = open();
      const topic = await newTopic(client);
      const numbers = Array.from({ length: 20 }, (_, at) => String(at));
      const sender = senderTo(client, topic);
      for (const value of numbers) await sender.send(['a', 'b'].map((key) => ({ key, value })));
      const got: IncomingMessage[] = [];
      consume(client, topic, randomUUID(), collecting(got));
      await waitUntil(() => got.length >= 40, WITHIN);
      expect([valuesOf(got, 'a'), valuesOf(got, 'b')]).toEqual([numbers, numbers]);
    });

    it('brings a message that was rejected again, what was before it once more, and nothing behind it before', async () => {
      const client = open();
      const topic = await newTopic(client, 1);
      await senderTo(client, topic).send(['1', '2', '3'].map((value) => ({ key: 'a', value })));
      const seen: string[] = [];
      let rejections = 0;
      consume(client, topic, randomUUID(), async (messages) => {
        seen.push(messages.map(({ value }) => value).join());
        if (!messages.some(({ value }) => value === '2') || rejections === 3) return;
        rejections += 1;
        throw new Error('not now');
      });
      await waitUntil(() => seen.some((values) => values.endsWith('3') && values !== '1,2,3'), WITHIN);
      expect(seen).toEqual(['1,2,3', '1', '2', '2', '2', '3']);
    });

    it('brings messages that wait together, up to a number and a size', async () => {
      const client = open();
      const topic = await newTopic(client, 1);
      const long = 'x'.repeat(1_000);
      await senderTo(client, topic).send(
        ['1', '2', '3', '4', '5', long, long, long].map((value) => ({ key: 'a', value })),
      );
      const counts: number[] = [];
      consume(client, topic, randomUUID(), async ({ length }) => void counts.push(length), {
        messages: 4,
        bytes: 1_500,
      });
      await waitUntil(() => counts.reduce((sum, count) => sum + count, 0) === 8, WITHIN);
      expect(counts).toEqual([4, 3, 1]);
    });

    it('sends what brokers do not take at once, whatever is in it, and each message of a key in its order', async () => {
      const client = open();
      const topic = await newTopic(client, 1);
      // No two of these compress to less than the 1 MB that a broker takes by default.
      const values = [0, 1, 2, 3].map((at) => `${at} ${randomText(MAX_MESSAGE_BYTES - 200)}`);
      await senderTo(client, topic).send(values.map((value) => ({ key: 'a', value })));
      const got: IncomingMessage[] = [];
      consume(client, topic, randomUUID(), collecting(got));
      await waitUntil(() => got.some(({ value }) => value.startsWith('3')), WITHIN);
      expect([...new Set(valuesOf(got, 'a'))].map(hashOf)).toEqual(values.map(hashOf));
    }, 120_000);

    it('goes on where its group was, and counts what the group has not read', async () => {
      const client = open();
      const topic = await newTopic(client, 1);
      const group = randomUUID();
      const sender = senderTo(client, topic);
      await sender.send([{ value: 'before' }]);
      const first: IncomingMessage[] = [];
      const consumer = consume(client, topic, group, collecting(first));
      await waitUntil(async () => first.length > 0 && (await client.lag(group, topic)) === 0, WITHIN);
      await consumer.close();
      await sender.send([{ value: 'after' }, { value: 'later' }]);
      expect(await client.lag(group, topic)).toBe(2);
      const second: IncomingMessage[] = [];
      consume(client, topic, group, collecting(second));
      await waitUntil(() => second.length === 2, WITHIN);
      expect(second.map(({ value }) => value)).toEqual(['after', 'later']);
    });

    it('hands over a whole topic, each time from its oldest message on, or its newest', async () => {
      const client = open();
      const topic = await newTopic(client);
      const group = randomUUID();
      const whole = async (newest?: number) => {
        const got: string[] = [];
        await client.readWhole({ topic, group, newest }, async (messages) => {
          got.push(...messages.map(({ value }) => value));
        });
        return got.sort();
      };
      expect(await whole()).toEqual([]);
      const values = Array.from({ length: 50 }, (_, at) => String(at)).sort();
      const sender = senderTo(client, topic);
      for (const value of values) await sender.send([{ key: value, value }]);
      expect([await whole(), await whole()]).toEqual([values, values]);
      expect(await Promise.all([whole(), whole()])).toEqual([values, values]);
      // The newest of each partition, the last of all among them, also while others read in the group.
      const few = await whole(2);
      expect(few).toEqual(expect.arrayContaining(values.slice(-1)));
      expect(few.length).toBeLessThanOrEqual(2 * 3);
      expect(await Promise.all([whole(2), whole(), whole(1_000)])).toEqual([few, values, values]);
    }, 120_000);

    it('hands over no topic of which somebody made its group leave out the beginning', async () => {
      const client = open();
      const topic = await newTopic(client, 1);
      const group = randomUUID();
      await senderTo(client, topic).send(['1', '2', '3'].map((value) => ({ value })));
      const admin = broker().client().admin();
      await admin.connect();
      await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '2' }] });
      await admin.disconnect();
      await expect(client.readWhole({ topic, group }, () => Promise.resolve())).rejects.toThrow(
        /the group that reads it has offsets: delete them/,
      );
      await expect(
        client.readWhole({ topic: `topic-${randomUUID()}`, group }, () => Promise.resolve()),
      ).rejects.toThrow(/does not exist/);
    }, 120_000);

    it.each([
      ['some of what', '2'],
      ['all that', '3'],
    ])(
      'gives up reading a whole topic when %s is left was deleted meanwhile',
      async (_what, offset) => {
        const client = open();
        const topic = await newTopic(client, 1);
        const sender = senderTo(client, topic);
        // One message fills an answer of the broker.
        for (let sent = 0; sent < 3; sent += 1)
          await sender.send([{ value: randomBytes(600_000).toString('base64') }]);
        const whole = { topic, group: randomUUID(), patienceMs: 5_000 };
        const admin = broker().client().admin();
        await admin.connect();
        // Without it the library does not know who leads the topic.
        await admin.fetchTopicOffsets(topic);
        const deleting = () => admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
        await expect(client.readWhole(whole, deleting)).rejects.toThrow(
          /deleted while it was read: read it again/,
        );
        await admin.disconnect();
      },
      60_000,
    );

    it('gives up reading a whole topic when its group brings nothing', async () => {
      const client = open();
      const topic = await newTopic(client, 1);
      const whole = { topic, group: randomUUID(), patienceMs: 10 };
      await senderTo(client, topic).send([{ value: 'a message' }]);
      await expect(client.readWhole(whole, () => Promise.resolve())).rejects.toThrow(
        /nothing of the topic came for 0.01 s/,
      );
    }, 60_000);

    it('sets a group back to a time when nobody reads, and nowhere forward', async () => {
      const client = open();
      const topic = await newTopic(client, 1);
      const group = randomUUID();
      const sender = senderTo(client, topic);
      await sender.send([{ value: 'long before' }]);
      await new Promise((done) => setTimeout(done, 50));
      const since = new Date();
      await sender.send(['1', '2', '3'].map((value) => ({ value })));
      const got: IncomingMessage[] = [];
      const consumer = consume(client, topic, group, collecting(got));
      await waitUntil(async () => got.length === 4 && (await client.lag(group, topic)) === 0, WITHIN);
      await expect(client.setBack(group, topic, since)).rejects.toThrow(
        new RegExp(`^somebody reads with group ${group}: stop its service`),
      );
      await consumer.close();
      expect(await client.setBack(group, topic, since)).toEqual([
        { partition: 0, from: 4, to: 1, reachesBack: true },
      ]);
      expect(await client.lag(group, topic)).toBe(3);
      expect(await client.setBack(group, topic, new Date())).toMatchObject([{ from: 1, to: 1 }]);
      const again: IncomingMessage[] = [];
      consume(client, topic, group, collecting(again));
      await waitUntil(() => again.length === 3, WITHIN);
      expect(again.map(({ value }) => value)).toEqual(['1', '2', '3']);
    }, 120_000);

    it('rejects what it sends to a topic that is not there in one line, and sends it when the topic is there', async () => {
      const client = open();
      const topic = `topic-${randomUUID()}`;
      const sender = senderTo(client, topic);
      await expect(sender.send([{ value: 'a' }])).rejects.toThrow(
        new RegExp(`^topic ${topic} does not exist, or .*$`),
      );
      await client.createTopics([{ topic, partitions: 1 }]);
      await sender.send([{ value: 'a' }]);
      expect(await client.lag(randomUUID(), topic)).toBe(1);
    });

    it('creates topics as the settings say, once', async () => {
      const client = open({ KAFKA_TOPIC_REPLICATION: 1, KAFKA_TOPIC_MIN_INSYNC_REPLICAS: 1 });
      const topic = `topic-${randomUUID()}`;
      await client.createTopics([{ topic, partitions: 5, retentionMs: 3_600_000 }]);
      await client.createTopics([{ topic, partitions: 7 }]);
      const admin = broker().client().admin();
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      await admin.disconnect();
      expect(topics[0]?.partitions).toHaveLength(5);
      expect(await ownSettingsOf(broker(), topic)).toEqual({
        'cleanup.policy': 'delete',
        'retention.ms': '3600000',
        'retention.bytes': '-1',
        'min.insync.replicas': '1',
      });
    });

    it('creates none where the operators do', async () => {
      const topic = `topic-${randomUUID()}`;
      await open({ KAFKA_CREATE_TOPICS: false }).createTopics([{ topic, partitions: 1 }]);
      const admin = broker().client().admin();
      await admin.connect();
      expect(await admin.listTopics()).not.toContain(topic);
      await admin.disconnect();
    });

    it('changes the retention of a topic and nothing else', async () => {
      const client = open({ KAFKA_TOPIC_MIN_INSYNC_REPLICAS: 1 });
      const topic = await newTopic(client);
      await client.setRetention(topic, 7_200_000);
      await client.setRetention(topic, 7_200_000);
      expect(await ownSettingsOf(broker(), topic)).toMatchObject({
        'retention.ms': '7200000',
        'min.insync.replicas': '1',
      });
    });

    it('describes those topics that are there', async () => {
      const client = open({ KAFKA_TOPIC_MIN_INSYNC_REPLICAS: 1 });
      const topic = await newTopic(client, 2);
      const [state, ...more] = await client.describeTopics([topic, `topic-${randomUUID()}`]);
      expect([state?.topic, state?.replicas, more]).toEqual([topic, 1, []]);
      expect(state?.settings).toMatchObject({
        'min.insync.replicas': '1',
        'unclean.leader.election.enable': 'false',
      });
    });

    it('goes on by itself after the broker was away, and loses nothing', async () => {
      const client = open();
      const topic = await newTopic(client, 1);
      const sender = senderTo(client, topic);
      const got = new Set<string>();
      consume(client, topic, randomUUID(), async (messages) => {
        for (const { value } of messages) got.add(value);
      });
      await sender.send([{ value: 'before' }]);
      await waitUntil(() => got.has('before'), WITHIN);
      await restart();
      await waitUntil(
        () =>
          sender.send([{ value: 'after' }]).then(
            () => true,
            () => false,
          ),
        WITHIN,
      );
      await waitUntil(() => got.has('after'), WITHIN);
    });
  });
}
