import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Subscription } from '../client.ts';
import type { KafkaProblem } from '../problem.ts';
import type { Patience } from './connection.ts';

const RESTART_MS = 1_000;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;
const MAX_WAIT_MS = 200;
/**
 * A replica holds its partitions until its session ends, also when it was killed or comes back under another member id
 * after it lost its broker. During this time nobody reads these partitions.
 */
export const CONSUMER_SESSION = {
  sessionTimeout: 10_000,
  heartbeatInterval: 2_000,
  rebalanceTimeout: 10_000,
};
/**
 * A request to a broker that does not answer fails after this time. It is longer than a session. If the leader of the
 * group was killed while it joined, the broker answers the others only when the leader's session ends. A consumer that
 * gave up earlier came back under another member id, and the group waited for its old id too: 28 to 35 s instead of 12
 * to 19.
 */
export const CONSUMER_PATIENCE: Patience = {
  requestTimeout: CONSUMER_SESSION.sessionTimeout + 2_000,
  retry: { retries: 20, maxRetryTime: 2_000 },
};

/** @returns a message without what is the library's */
export const receivedMessage = ({ key, value, headers = {} }: KafkaMessage) => ({
  key: key === null ? undefined : String(key),
  value: String(value ?? ''),
  headers: Object.fromEntries(Object.entries(headers).map(([name, of]) => [name, String(of ?? '')])),
});

/**
 * Consumes as soon as brokers answer and the group has a place, and begins again where the library gives up, because nobody
 * else would read its partitions.
 */
export class KafkajsConsumer {
  private readonly kafka: Kafka;
  private readonly subscription: Subscription;
  private readonly problem: (error: unknown) => KafkaProblem;
  private readonly running: Promise<void>;
  private readonly closing = new AbortController();
  private consumer: Consumer | undefined;
  /**
   * Only that of the turn which runs is kept. While brokers are away there are thousands of turns, and whatever lives as long as this
   * does would keep the consumer of each.
   */
  private endTurn: () => void = () => undefined;

  constructor(kafka: Kafka, subscription: Subscription, problem: (error: unknown) => KafkaProblem) {
    this.kafka = kafka;
    this.subscription = subscription;
    this.problem = problem;
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.endTurn();
    await this.consumer?.disconnect().catch(() => undefined);
    await this.running;
  }

  private get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Each turn is the life of one consumer of the library. */
  private async run(): Promise<void> {
    while (!this.closed) {
      const consumer = this.newConsumer();
      this.consumer = consumer;
      try {
        const ended = this.ended(consumer);
        await this.subscription.prepare();
        await this.start(consumer);
        await ended;
      } catch (error) {
        if (!this.closed) this.subscription.report(this.problem(error).message);
      }
      await consumer.disconnect().catch(() => undefined);
      await delay(RESTART_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  private newConsumer(): Consumer {
    const { group: groupId } = this.subscription;
    const { retry } = CONSUMER_PATIENCE;
    return this.kafka.consumer({ groupId, retry, maxWaitTimeInMs: MAX_WAIT_MS, ...CONSUMER_SESSION });
  }

  /** Resolves when this is closed, or the library gives up. */
  private ended(consumer: Consumer): Promise<void> {
    return new Promise((done) => {
      this.endTurn = done;
      consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
        this.subscription.report(this.problem(error).message);
        if (!restart) done();
      });
    });
  }

  private async start(consumer: Consumer): Promise<void> {
    const { topic, concurrentPartitions } = this.subscription;
    if (this.closed) return;
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      partitionsConsumedConcurrently: concurrentPartitions,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.handleBatch(payload),
    });
  }

  private async handleBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload;
    const { messages: most } = this.subscription.together;
    let backoffMs = MIN_BACKOFF_MS;
    /** Up to here messages are handled one by one: any of them may be the only one that has to wait. */
    let alone = 0;
    for (let at = 0; at < batch.messages.length && isRunning() && !isStale();) {
      const next = this.fitting(batch.messages.slice(at, at + (at < alone ? 1 : most)));
      const isHandled = await this.handled(next);
      await heartbeat();
      if (isHandled) {
        at += next.length;
        resolveOffset(next.at(-1)?.offset ?? '');
        backoffMs = MIN_BACKOFF_MS;
      } else if (next.length > 1) alone = at + next.length;
      else {
        await delay(backoffMs);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
    }
  }

  /** @returns the first of some messages, as many as have few enough bytes, and at least one */
  private fitting(messages: readonly KafkaMessage[]): readonly KafkaMessage[] {
    let bytes = 0;
    const end = messages.findIndex(({ value }) => {
      const isFull = bytes > this.subscription.together.bytes;
      bytes += value?.length ?? 0;
      return isFull;
    });
    return end < 0 ? messages : messages.slice(0, end);
  }

  private async handled(messages: readonly KafkaMessage[]): Promise<boolean> {
    try {
      await this.subscription.handle(messages.map(receivedMessage));
      return true;
    } catch (error) {
      const what = messages.length === 1 ? 'a message waits' : `${messages.length} messages wait`;
      this.subscription.report(`${what}: ${error instanceof Error ? error.message : JSON.stringify(error)}`);
      return false;
    }
  }
}
