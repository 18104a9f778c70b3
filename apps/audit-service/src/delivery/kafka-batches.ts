import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaContext } from '@nestjs/microservices';
import { ACCESS_EVENT_DEAD_LETTER_TOPIC, type SignedMessage } from '@patient-access/events';
import { SteadyKafka } from '@patient-access/outbox';
import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import type { DeadLetter } from './dead-letters.ts';

/** The most messages in one transaction. */
const BATCH_MESSAGES = 500;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;

type Consumer = Parameters<SteadyKafka['bindEvents']>[0];

const header = (headers: IHeaders | undefined, name: string) => String(headers?.[name] ?? '');

const signedMessage = ({ key, value, headers }: KafkaMessage): SignedMessage => ({
  key: String(key ?? ''),
  producer: header(headers, 'producer'),
  sequence: Number(header(headers, 'sequence')),
  mac: header(headers, 'mac'),
  body: String(value ?? ''),
});

/**
 * Nest's Kafka transport with batches instead of single messages: one commit for each message would be too slow. The
 * offset of a batch moves on only after the handler has resolved. When the handler rejects, it receives the batch
 * again; meanwhile heartbeats keep this consumer in the group.
 */
export class KafkaBatches extends SteadyKafka {
  override async bindEvents(consumer: Consumer): Promise<void> {
    const topics = [...this.messageHandlers.keys()];
    await consumer.subscribe({ ...this.options.subscribe, topics });
    await consumer.run({
      ...this.options.run,
      eachBatchAutoResolve: false,
      eachBatch: (payload: EachBatchPayload) => this.handleBatch(payload),
    });
  }

  private async handleBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload;
    for (let from = 0; from < batch.messages.length; from += BATCH_MESSAGES) {
      const messages = batch.messages.slice(from, from + BATCH_MESSAGES);
      for (let backoffMs = MIN_BACKOFF_MS; !(await this.stored(batch.topic, messages));) {
        await heartbeat();
        await delay(backoffMs);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
        if (!isRunning() || isStale()) return;
      }
      resolveOffset(messages.at(-1)?.offset ?? '');
      await heartbeat();
    }
  }

  private async stored(topic: string, messages: readonly KafkaMessage[]): Promise<boolean> {
    const handler = this.getHandlerByPattern(topic);
    if (!handler) throw new Error(`nobody handles ${topic}`);
    try {
      const result: unknown = await handler(messages.map(signedMessage), {} as KafkaContext);
      const letters: unknown = isObservable(result) ? await lastValueFrom(result) : result;
      await this.announce(letters as DeadLetter[]);
      return true;
    } catch (error) {
      this.logger.error(`events wait to be stored: ${JSON.stringify(error)}`);
      return false;
    }
  }

  /** Sends dead letters to a topic too, for operators who watch topics. The table is what counts. */
  private async announce(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.producer?.send({
      topic: ACCESS_EVENT_DEAD_LETTER_TOPIC,
      acks: -1,
      messages: letters.map(({ reason, message: { body, producer = '', sequence = 0, mac = '' } }) => ({
        value: body,
        headers: { reason, producer, sequence: String(sequence), mac },
      })),
    });
  }
}
