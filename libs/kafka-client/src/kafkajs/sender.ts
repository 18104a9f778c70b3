import { CompressionTypes, type Kafka, Partitioners } from 'kafkajs';
import type { KafkaSender } from '../client.ts';
import type { KafkaProblem } from '../problem.ts';

/** With `acks=all`. It connects at the first message, and again after each failure. */
export function kafkajsSender(
  kafka: Kafka,
  topic: string,
  problem: (error: unknown) => KafkaProblem,
): KafkaSender {
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false });
  let connected: Promise<void> | undefined;
  return {
    async send(messages) {
      try {
        await (connected ??= producer.connect());
        await producer.send({ topic, acks: -1, compression: CompressionTypes.GZIP, messages: [...messages] });
      } catch (error) {
        connected = undefined;
        await producer.disconnect().catch(() => undefined);
        throw problem(error);
      }
    },
    close: () => producer.disconnect(),
  };
}
