import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { installKafka, type RunningKafka, startKafka } from '../index.ts';

const TOPIC = 'facts';
const missing = await installKafka().then(
  () => undefined,
  (error: Error) => error.message,
);
// In CI the broker is not optional: the tests run and fail there.
const skipped = missing !== undefined && !process.env['CI'];
if (skipped) console.warn(`skipped: ${missing}`);

async function produce(broker: RunningKafka, values: string[]): Promise<void> {
  const producer = broker.client().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: TOPIC, acks: -1, messages: values.map((value) => ({ key: value, value })) });
  await producer.disconnect();
}

/** Waits for a number of different messages. On a busy machine a message may be sent or read twice. */
async function consume(broker: RunningKafka, count: number): Promise<string[]> {
  const consumer = broker.client().consumer({ groupId: 'test' });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const received = new Set<string>();
  await new Promise<void>((done, fail) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      if (received.add(String(message.value)).size === count) done();
    };
    consumer.run({ eachMessage }).catch(fail);
  });
  await consumer.disconnect();
  return [...received].sort();
}

(skipped ? describe.skip : describe)('Apache Kafka', () => {
  let dir: string;
  let broker: RunningKafka;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kafka-'));
    broker = await startKafka({ dir });
  }, 90_000);

  afterAll(async () => {
    await broker?.stop();
    await rm(dir, { recursive: true, force: true });
  }, 30_000);

  it('still has its acknowledged messages after a crash', async () => {
    const values = ['a', 'b', 'c', 'd', 'e'];
    await produce(broker, values);
    await broker.kill();
    broker = await startKafka({ dir, port: broker.port });
    expect(await consume(broker, values.length)).toEqual(values);
  }, 90_000);

  it('refuses a port that is in use with one line', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    await expect(startKafka({ dir, port })).rejects.toThrow(`Kafka cannot listen: port ${port} is in use`);
    server.close();
  });
});
