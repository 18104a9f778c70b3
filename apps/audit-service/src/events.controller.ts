import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { EventPattern, KafkaRetriableException, Payload } from '@nestjs/microservices';
import type { Pool } from '@patient-access/database';
import { ACCESS_EVENT_TOPIC, AccessEvent, parseAccessEvent } from '@patient-access/events';
import { loginRequired } from '@patient-access/fhir';
import { type Logger, Public } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { type DeadLetter, isUnstorable, storeBatch } from './store-events.ts';

/** Injection token of the {@link Sink}. */
export const SINK = Symbol('audit sink');

/** Where events are written, as the ingest role. */
export interface Sink {
  pool: Pool;
  /** what a sender over HTTP must know; undefined where events come over Kafka */
  secret?: string;
  logger: Logger;
}

function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** The two ways an event arrives. Either way it is acknowledged after it was committed, and not before. */
@Controller()
export class EventsController {
  private readonly sink: Sink;

  constructor(@Inject(SINK) sink: Sink) {
    this.sink = sink;
  }

  @Public()
  @Post('internal/access-events')
  @HttpCode(204)
  async overHttp(@Req() request: FastifyRequest): Promise<void> {
    const { secret } = this.sink;
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (secret === undefined || given === undefined || !sameSecret(given, secret)) throw loginRequired();
    const lines = String(request.body ?? '')
      .split('\n')
      .filter(Boolean);
    await this.store(lines);
  }

  @Public()
  @EventPattern(ACCESS_EVENT_TOPIC)
  async overKafka(@Payload() message: unknown): Promise<void> {
    try {
      await this.store([typeof message === 'string' ? message : JSON.stringify(message)]);
    } catch (error) {
      // Anything else would be logged and its offset committed: the event would be lost.
      throw new KafkaRetriableException(error instanceof Error ? error.message : String(error));
    }
  }

  private async store(lines: readonly string[]): Promise<void> {
    const events: AccessEvent[] = [];
    const deadLetters: DeadLetter[] = [];
    for (const line of lines) {
      const parsed = parseAccessEvent(line);
      if ('event' in parsed) events.push(parsed.event);
      else deadLetters.push({ reason: parsed.invalid, body: line });
    }
    try {
      await storeBatch(this.sink.pool, events, deadLetters);
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      await this.storeOneByOne(events, deadLetters);
    }
    for (const { reason } of deadLetters) this.sink.logger.error({ reason }, 'dead letter');
  }

  /** One event that no table can hold must not keep back those that came with it. */
  private async storeOneByOne(events: readonly AccessEvent[], deadLetters: DeadLetter[]): Promise<void> {
    for (const event of events) {
      try {
        await storeBatch(this.sink.pool, [event]);
      } catch (error) {
        if (!isUnstorable(error)) throw error;
        deadLetters.push({ reason: (error as Error).message, body: JSON.stringify(event) });
      }
    }
    await storeBatch(this.sink.pool, [], deadLetters);
  }
}
