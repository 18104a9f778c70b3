import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Pool } from '@patient-access/database';
import { ACCESS_EVENT_TOPIC, parseMessageLine, type SignedMessage } from '@patient-access/events';
import {
  ACCESS_EVENTS_PATH,
  MISSING_EVENTS_PATH,
  type MissingEvents,
  SequenceQuery,
} from '@patient-access/internal-api';
import { AuthenticatedBy, type Logger } from '@patient-access/platform';
import { missingSequences } from './producer-sequences.ts';
import type { DeadLetter } from './dead-letters.ts';
import { storeDelivery } from './deliver.ts';
import { PRODUCER } from './producer.strategy.ts';

/** Injection token of the {@link Sink}. */
export const SINK = Symbol('audit sink');

/** What a delivery needs to be stored. */
export interface Sink {
  pool: Pool;
  /** the secret with which producers sign */
  secret: string;
  logger: Logger;
}

/**
 * Receives events over HTTP and Kafka, and answers which events have arrived. Both ways acknowledge an event only after
 * it is committed.
 */
@AuthenticatedBy(PRODUCER)
@Controller()
export class EventsController {
  private readonly sink: Sink;

  constructor(@Inject(SINK) sink: Sink) {
    this.sink = sink;
  }

  /** @param body messages, one on each line */
  @Post(ACCESS_EVENTS_PATH)
  @HttpCode(204)
  async overHttp(@Body() body: unknown): Promise<void> {
    const messages: SignedMessage[] = [];
    const unreadable: DeadLetter[] = [];
    for (const line of String(body ?? '').split('\n')) {
      const message = parseMessageLine(line);
      if (message) messages.push(message);
      else if (line) unreadable.push({ reason: 'not a message', message: { body: line } });
    }
    await this.store(messages, unreadable);
  }

  /** Lists the sequence numbers that have not arrived. The producer may delete all others of the range. */
  @Get(MISSING_EVENTS_PATH)
  async missing(
    @Query({ schema: SequenceQuery }) { producer, first, last }: SequenceQuery,
  ): Promise<MissingEvents> {
    return { missing: await missingSequences(this.sink.pool, producer, [first, last]) };
  }

  /** @returns the messages that became dead letters */
  @EventPattern(ACCESS_EVENT_TOPIC)
  overKafka(@Payload() messages: SignedMessage[]): Promise<DeadLetter[]> {
    return this.store(messages);
  }

  private async store(messages: SignedMessage[], unreadable: DeadLetter[] = []): Promise<DeadLetter[]> {
    const { pool, secret, logger } = this.sink;
    const letters = await storeDelivery(pool, secret, messages, unreadable);
    for (const { reason, message } of letters) {
      const { producer, sequence } = message;
      logger.error({ reason, producer, sequence }, 'dead letter');
    }
    return letters;
  }
}
