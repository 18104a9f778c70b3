import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaContext } from '@nestjs/microservices';
import { ACCESS_EVENT_DEAD_LETTER_TOPIC, ACCESS_EVENT_TOPIC, parseBatch } from '@patient-access/events';
import { setTopicRetention, SteadyKafka } from '@patient-access/outbox';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import type { DeadLetter } from './dead-letters.ts';
import type { Delivered } from './events.controller.ts';

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;

type Consumer = Parameters<SteadyKafka['bindEvents']>[0];

const delivered = ({ key, value }: KafkaMessage): Delivered => {
  const text = String(value ?? '');
  const batch = parseBatch(text);
  return batch ? { ...batch, key: String(key ?? '') } : { unreadable: text };
};

/**
 * Nest's Kafka transport, with a message's offset that moves on after the handler has resolved and not before. A message
 * that the handler rejects is given to it again, while the group is told that this member lives.
 */
export class KafkaBatches extends SteadyKafka {
  private readonly keep: () => Promise<void>;

  /** @param retentionMs for how long the topic of access events keeps its messages */
  constructor(brokers: readonly string[], group: string, retentionMs: number, partitionsAtOnce: number) {
    super(brokers, group, { partitionsConsumedConcurrently: partitionsAtOnce });
    this.keep = () => setTopicRetention(brokers, ACCESS_EVENT_TOPIC, retentionMs);
  }

  protected override async prepare(): Promise<void> {
    await super.prepare();
    // Where the brokers do not allow it, the operators have to set it; events are taken in all the same.
    await this.keep().catch((error: unknown) =>
      this.logger.error(`the retention of ${ACCESS_EVENT_TOPIC} could not be set: ${String(error)}`),
    );
  }

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
    for (const message of batch.messages) {
      for (let backoffMs = MIN_BACKOFF_MS; !(await this.stored(batch.topic, message));) {
        await heartbeat();
        await delay(backoffMs);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
        if (!isRunning() || isStale()) return;
      }
      resolveOffset(message.offset);
      await heartbeat();
    }
  }

  private async stored(topic: string, message: KafkaMessage): Promise<boolean> {
    const handler = this.getHandlerByPattern(topic);
    if (!handler) throw new Error(`nobody handles ${topic}`);
    try {
      const result: unknown = await handler(delivered(message), {} as KafkaContext);
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
      messages: letters.map(({ reason, batch, producer = '' }) => ({
        value: batch,
        headers: { reason, producer },
      })),
    });
  }
}
