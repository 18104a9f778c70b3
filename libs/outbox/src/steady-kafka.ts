import { setTimeout as delay } from 'node:timers/promises';
import { type KafkaOptions, ServerKafka } from '@nestjs/microservices';
import type { Kafka } from 'kafkajs';
import { ensureTopics } from './kafka-publisher.ts';

const RETRY = { retries: 20, maxRetryTime: 2_000 };
const RESTART_MS = 1_000;
/**
 * A replica holds its partitions until its session ends, also when it was killed or comes back under another member id
 * after it lost its broker. During this time nobody reads these partitions.
 */
const SESSION = { sessionTimeout: 10_000, heartbeatInterval: 2_000, rebalanceTimeout: 10_000 };
/**
 * A request to a broker that does not answer fails after this time. It is longer than a session. If the leader of the
 * group was killed while it joined, the broker answers the others only when the leader's session ends. A consumer that
 * gave up earlier came back under another member id, and the group waited for its old id too: 28 to 35 s instead of 12
 * to 19.
 */
const REQUEST_TIMEOUT_MS = SESSION.sessionTimeout + 2_000;
const MAX_WAIT_MS = 200;

type Consumer = Parameters<ServerKafka['bindEvents']>[0];
type Run = Required<KafkaOptions>['options']['run'];

/**
 * Nest's Kafka transport for a service that also has other work. Consuming begins as soon as brokers answer and the
 * group has a place, and begins again where the library would give up. The start of the service does not wait for it.
 */
export class SteadyKafka extends ServerKafka {
  private readonly createTopics: () => Promise<void>;
  private closed = false;

  /**
   * @param brokers each `host:port`
   * @param group consumers of one group share the partitions; Nest appends `-server`
   */
  constructor(brokers: readonly string[], group: string, run: Run = {}) {
    super({
      client: { clientId: group, brokers: [...brokers], requestTimeout: REQUEST_TIMEOUT_MS, retry: RETRY },
      consumer: { groupId: group, retry: RETRY, maxWaitTimeInMs: MAX_WAIT_MS, ...SESSION },
      subscribe: { fromBeginning: true },
      run,
    });
    this.createTopics = () => ensureTopics(brokers, group);
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

  /** Starts a consumer again that the library has given up, because nobody else would read its partitions. */
  override registerConsumerEventListeners(): void {
    super.registerConsumerEventListeners();
    const { consumer } = this;
    consumer?.on(consumer.events.CRASH, ({ payload: { restart } }) => {
      if (!restart) void this.restart(consumer);
    });
  }

  /** Before it subscribes: creates the topics that are missing. @throws Error when no broker answers */
  protected prepare(): Promise<void> {
    return this.createTopics();
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
