/** One broker as people run it, and everything that is tried with it: its start takes the most time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { type KafkaClient, openKafka } from '@patient-access/kafka-client';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { KAFKA_TOPICS } from '@patient-access/topology';
import { installKafka, type RunningKafka, startKafka } from '../index.ts';
import { type AdapterWorld, describeContract } from './contract.ts';
import { describeJoining } from './joining.ts';
import { describeLogins, newTokenIssuer } from './logins.ts';
import { describeRights, PROBING_USERS } from './rights.ts';

/** The client libraries that the product can use. */
const ADAPTERS: Record<string, (config: KafkaConfig) => KafkaClient | undefined> = {
  kafkajs: (config) => openKafka(config, 'test'),
};

const missing = await installKafka().then(
  () => undefined,
  (error: Error) => error.message,
);
// In CI the broker is not optional: the tests run and fail there.
const skipped = missing !== undefined && !process.env['CI'];
if (skipped) console.warn(`skipped: ${missing}`);

(skipped ? describe.skip : describe)('a secured Kafka', () => {
  const issuer = newTokenIssuer();
  let dir: string;
  let running: RunningKafka;
  const broker = () => running;
  const start = (port?: number) =>
    startKafka({ dir, port, secure: { users: PROBING_USERS, jwksFile: join(dir, 'jwks.json') } });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kafka-secured-'));
    await writeFile(join(dir, 'jwks.json'), issuer.jwks);
    running = await start();
    const config = KafkaConfig.parse(running.settingsFor());
    const client = openKafka(config, 'test');
    const topics = Object.values(KAFKA_TOPICS).map(({ name }) => name);
    await client?.createTopics(topics.map((topic) => ({ topic, partitions: 1 })));
    for (const topic of topics) {
      const sender = client?.sender(topic);
      await sender?.send([{ value: 'a message' }]);
      await sender?.close();
    }
  }, 240_000);

  afterAll(async () => {
    await running?.stop();
    await rm(dir, { recursive: true, force: true });
  }, 30_000);

  describeLogins(broker, issuer);
  describeRights(broker);
  for (const [name, openAdapter] of Object.entries(ADAPTERS)) {
    const open: AdapterWorld['open'] = (settings) => {
      const client = openAdapter({ ...KafkaConfig.parse(running.settingsFor()), ...settings });
      if (!client) throw new Error('no brokers');
      return client;
    };
    const restart = async () => {
      await running.kill();
      running = await start(running.port);
    };
    describeContract(name, { broker, restart, open });
    describeJoining(name, { open });
  }
});
