/** A consumer begins again and again while brokers are away (src/kafkajs/consumer.ts). */
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import type { Consumer } from 'kafkajs';
import { KafkaConfig } from '../../src/config.ts';
import { kafkajs } from '../../src/kafkajs/connection.ts';
import { CONSUMER_PATIENCE, KafkajsConsumer } from '../../src/kafkajs/consumer.ts';
import { kafkaProblem } from '../../src/problem.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Nobody listens there. */
const config = KafkaConfig.parse({ KAFKA_BROKERS: '127.0.0.1:1' });
const TURNS = 3;

it('keeps nothing of the turns that are over', async () => {
  const kafka = kafkajs(config, 'test', CONSUMER_PATIENCE);
  const made: WeakRef<Consumer>[] = [];
  const make = kafka.consumer.bind(kafka);
  kafka.consumer = (options) => {
    const consumer = make(options);
    made.push(new WeakRef(consumer));
    return consumer;
  };
  const problems: string[] = [];
  const consumer = new KafkajsConsumer(
    kafka,
    {
      ...{ topic: 'topic', group: 'group', concurrentPartitions: 1, together: { messages: 1, bytes: 1 } },
      prepare: () => Promise.reject(new Error('no broker')),
      handle: () => Promise.resolve(),
      report: (problem) => void problems.push(problem),
    },
    (error) => kafkaProblem(error, config),
  );
  try {
    await waitUntil(() => made.length > TURNS, { withinMs: 20_000 });
    await waitUntil(
      () => {
        collectGarbage();
        return made.slice(0, TURNS).every((each) => each.deref() === undefined);
      },
      { withinMs: 5_000, failure: () => 'consumers of turns that are over are kept' },
    );
  } finally {
    await consumer.close();
  }
  expect(problems.length).toBeGreaterThanOrEqual(TURNS);
}, 40_000);
