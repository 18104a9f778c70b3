import { setTimeout as delay } from 'node:timers/promises';
import { type KafkaOptions, ServerKafka } from '@nestjs/microservices';
import type { Kafka } from 'kafkajs';
import { ensureTopics } from './kafka-publisher.ts';

const RETRY = { retries: 20, maxRetryTime: 2_000 };
const RESTART_MS = 1_000;
/**
 * A replica that was killed, or that lost its broker and comes back under another member id, holds its partitions
 * until its session ends: so long nobody reads them.
 */
const SESSION = { sessionTimeout: 10_000, heartbeatInterval: 2_000, rebalanceTimeout: 10_000 };
/**
 * A broker that is there and does not answer is given up after this. It is longer than a session: where the group's leader
 * was killed while it joined, the others are answered when its session ends. Who gave up before came back as somebody
 * else, and the group had to wait for one more that was not there: 28 to 35 s instead of 12 to 19.
 */
const REQUEST_TIMEOUT_MS = SESSION.sessionTimeout + 2_000;
const MAX_WAIT_MS = 200;

type Consumer = Parameters<ServerKafka['bindEvents']>[0];
type Run = Required<KafkaOptions>['options']['run'];

/**
 * Nest's Kafka transport, for a service that has other things to do, too: consuming begins as soon as there are brokers
 * and a place in the group, and begins anew where the library would give up. Nothing else waits for it.
 */
export class SteadyKafka extends ServerKafka {
  private readonly prepare: () => Promise<void>;
  private closed = false;

  /** @param brokers host:port each @param group whose members share the partitions; Nest appends `-server` */
  constructor(brokers: readonly string[], group: string, run: Run = {}) {
    super({
      client: { clientId: group, brokers: [...brokers], requestTimeout: REQUEST_TIMEOUT_MS, retry: RETRY },
      consumer: { groupId: group, retry: RETRY, maxWaitTimeInMs: MAX_WAIT_MS, ...SESSION },
      subscribe: { fromBeginning: true },
      run,
    });
    this.prepare = () => ensureTopics(brokers, group);
  }

  override listen(callback: (error?: unknown) => void): Promise<void> {
    void this.begin();
    callback();
    return Promise.resolve();
  }

  override close(): Promise<void> {
    this.closed = true;
    return super.close();
  }

  /** Where the library gives up a consumer for good, it is begun anew: nobody else would read its partitions. */
  override registerConsumerEventListeners(): void {
    super.registerConsumerEventListeners();
    const { consumer } = this;
    consumer?.on(consumer.events.CRASH, ({ payload: { restart } }) => {
      if (!restart) void this.restart(consumer);
    });
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
}
