import { setTimeout as delay } from 'node:timers/promises';
import { type KafkaContext, type KafkaOptions, ServerKafka } from '@nestjs/microservices';
import { ACCESS_EVENT_DEAD_LETTER_TOPIC, type SignedMessage } from '@patient-access/events';
import type { EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import type { DeadLetter } from './dead-letters.ts';

/** Messages to a transaction. */
const BATCH_MESSAGES = 500;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;
const RESTART_MS = 1_000;

type Consumer = Parameters<ServerKafka['bindEvents']>[0];

const header = (headers: IHeaders | undefined, name: string) => String(headers?.[name] ?? '');

const signedMessage = ({ value, headers }: KafkaMessage): SignedMessage => ({
  producer: header(headers, 'producer'),
  sequence: Number(header(headers, 'sequence')),
  mac: header(headers, 'mac'),
  body: String(value ?? ''),
});

/**
 * Nest's Kafka transport, with batches for its handler instead of single messages: a commit to each would be the limit.
 * A batch's offset moves on after the handler has resolved and not before; one that rejects is given to it again, while
 * the group is told that this member lives.
 */
export class KafkaBatches extends ServerKafka {
  private readonly prepare: () => Promise<void>;
  private closed = false;

  /** @param prepare makes the brokers ready; tried again until it resolves */
  constructor(options: Required<KafkaOptions>['options'], prepare: () => Promise<void>) {
    super(options);
    this.prepare = prepare;
  }

  /** Consuming begins by itself: what else the service does waits neither for brokers nor for its place in the group. */
  override listen(callback: (error?: unknown) => void): Promise<void> {
    void this.begin();
    callback();
    return Promise.resolve();
  }

  override close(): Promise<void> {
    this.closed = true;
    return super.close();
  }

  private async begin(): Promise<void> {
    while (!this.closed) {
      try {
        await this.prepare();
        this.client = await this.createClient<Kafka>();
        return await this.start(() => undefined);
      } catch (error) {
        this.logger.error(`the consumer does not start: ${String(error)}`);
        await super.close().catch(() => undefined);
        await delay(RESTART_MS);
      }
    }
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

  /** Where the library gives up a consumer for good, it is begun anew: nobody else would read its partitions. */
  override registerConsumerEventListeners(): void {
    super.registerConsumerEventListeners();
    const { consumer } = this;
    consumer?.on(consumer.events.CRASH, ({ payload: { restart } }) => {
      if (!restart) void this.restart(consumer);
    });
  }

  private async restart(consumer: Consumer): Promise<void> {
    while (this.consumer === consumer) {
      await delay(RESTART_MS);
      try {
        await consumer.connect();
        return await this.bindEvents(consumer);
      } catch (error) {
        this.logger.error(`the consumer does not start: ${String(error)}`);
      }
    }
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

  /** Dead letters are a topic, too, for whoever watches topics; what is kept of them is the table. */
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
