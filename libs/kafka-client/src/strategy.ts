import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { IncomingMessage, KafkaClient, Subscription } from './client.ts';

interface Strategy extends Omit<Subscription, 'handle' | 'report'> {
  /** what `@EventPattern` of the handler says, whatever the topic is called */
  pattern: string;
  /** what the handler gets as `@Payload()` of messages that it takes together */
  payloadOf(messages: readonly IncomingMessage[]): unknown;
  /** is given what the handler returned, before the offset moves on */
  handled?(result: unknown): Promise<void>;
  /** after the last message */
  ended?(): Promise<void>;
}

/**
 * A transport for Nest: gives the messages of a topic to the handler of one pattern. The start of the service does not wait
 * for it. Messages that the handler rejects are given to it again.
 */
export class KafkaStrategy extends Server implements CustomTransportStrategy {
  private readonly kafka: KafkaClient;
  private readonly strategy: Strategy;
  private consumer: { close(): Promise<void> } | undefined;

  constructor(kafka: KafkaClient, strategy: Strategy) {
    super();
    this.kafka = kafka;
    this.strategy = strategy;
  }

  override listen(callback: () => void): void {
    const { pattern, payloadOf, handled, ended: _, ...subscription } = this.strategy;
    const handler = this.getHandlerByPattern(pattern);
    if (!handler) throw new Error(`nobody handles ${pattern}`);
    this.consumer = this.kafka.consume({
      ...subscription,
      handle: async (messages) => {
        const result: unknown = await handler(payloadOf(messages));
        await handled?.(
          isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result,
        );
      },
      report: (problem) => this.report(problem),
    });
    callback();
  }

  override async close(): Promise<void> {
    await this.consumer?.close();
    await this.strategy.ended?.();
  }

  report(problem: string): void {
    this.logger.error(problem);
  }

  /** Nobody listens to what happens to it, and nobody needs what is behind it. */
  override on(): void {}
  override unwrap(): never {
    throw new Error('Kafka has no server here');
  }
}
