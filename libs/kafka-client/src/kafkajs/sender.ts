import { partsWithin } from '@patient-access/concurrency';
import { CompressionTypes, type Kafka, Partitioners } from 'kafkajs';
import type { KafkaSender, OutgoingMessage } from '../client.ts';
import { MAX_MESSAGE_BYTES } from '../message-size.ts';
import type { KafkaProblem } from '../problem.ts';

/** About what a message has beside its texts. */
const FRAME_BYTES = 100;

function bytesOf({ key = '', value, headers = {} }: OutgoingMessage): number {
  const texts = [key, value, ...Object.entries(headers).flat()];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), FRAME_BYTES);
}

const isTooLarge = (error: unknown): boolean => (error as { type?: unknown }).type === 'MESSAGE_TOO_LARGE';

/**
 * With `acks=all`. It connects at the first message, and again after each failure. Brokers get all messages of a partition
 * as one, compressed, and it is that one which may be too large for them. It nearly never is, and fewer requests are
 * cheaper. So messages go in parts only when they were refused together.
 */
export function kafkajsSender(
  kafka: Kafka,
  topic: string,
  problem: (error: unknown) => KafkaProblem,
): KafkaSender {
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false });
  let connected: Promise<void> | undefined;
  const produce = async (messages: readonly OutgoingMessage[]): Promise<void> => {
    await producer.send({ topic, acks: -1, compression: CompressionTypes.GZIP, messages: [...messages] });
  };
  return {
    async send(messages) {
      try {
        await (connected ??= producer.connect());
        await produce(messages).catch(async (error: unknown) => {
          const parts = partsWithin(messages, bytesOf, MAX_MESSAGE_BYTES);
          if (!isTooLarge(error) || parts.length === 1) throw error;
          for (const part of parts) await produce(part);
        });
      } catch (error) {
        connected = undefined;
        await producer.disconnect().catch(() => undefined);
        throw problem(error);
      }
    },
    close: () => producer.disconnect(),
  };
}
