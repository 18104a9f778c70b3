import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { EventPattern, KafkaRetriableException, Payload } from '@nestjs/microservices';
import type { Pool } from '@patient-access/database';
import { ACCESS_EVENT_TOPIC, AccessEvent, parseAccessEvent } from '@patient-access/events';
import { loginRequired } from '@patient-access/fhir';
import { type Logger, Public } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { storeDeadLetter, storeEvents } from './store-events.ts';

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
    for (const line of lines) {
      const parsed = parseAccessEvent(line);
      if ('event' in parsed) {
        events.push(parsed.event);
        continue;
      }
      this.sink.logger.error({ reason: parsed.invalid }, 'dead letter');
      await storeDeadLetter(this.sink.pool, parsed.invalid, line);
    }
    await storeEvents(this.sink.pool, events);
  }
}
