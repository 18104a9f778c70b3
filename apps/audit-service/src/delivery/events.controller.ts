import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Pool } from '@patient-access/database';
import {
  ACCESS_EVENT_TOPIC,
  parseMessageLine,
  type SequenceRange,
  type SignedMessage,
} from '@patient-access/events';
import { invalid, loginRequired } from '@patient-access/fhir';
import { type Logger, Public } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { missingOf } from './arrivals.ts';
import type { DeadLetter } from './dead-letters.ts';
import { storeDelivery } from './deliver.ts';

/** Injection token of the {@link Sink}. */
export const SINK = Symbol('audit sink');

/** Where events are written, as the ingest role. */
export interface Sink {
  pool: Pool;
  /** what producers sign with, and show over HTTP */
  secret: string;
  logger: Logger;
}

const MAX_ASKED = 10_000;

const Asked = z
  .strictObject({
    producer: z.string().min(1).max(128),
    first: z.coerce.number().int().positive(),
    last: z.coerce.number().int().positive(),
  })
  .refine(({ first, last }) => last >= first && last - first < MAX_ASKED);

function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * The two ways an event arrives, and the question what has. Either way it is acknowledged after it was committed, and
 * not before.
 */
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
    this.requireSecret(request);
    const messages: SignedMessage[] = [];
    const unreadable: DeadLetter[] = [];
    for (const line of String(request.body ?? '').split('\n')) {
      const message = parseMessageLine(line);
      if (message) messages.push(message);
      else if (line) unreadable.push({ reason: 'not a message', message: { body: line } });
    }
    await this.store(messages, unreadable);
  }

  /** What of a producer's numbers has not arrived: what it does not name, the producer may forget. */
  @Public()
  @Get('internal/missing-events')
  async missing(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<{ missing: SequenceRange[] }> {
    this.requireSecret(request);
    const asked = Asked.safeParse(query);
    if (!asked.success) throw invalid('producer, first and last', 'Which numbers of which producer?');
    const { producer, first, last } = asked.data;
    return { missing: await missingOf(this.sink.pool, producer, [first, last]) };
  }

  /** @returns what became a dead letter */
  @EventPattern(ACCESS_EVENT_TOPIC)
  overKafka(@Payload() messages: SignedMessage[]): Promise<DeadLetter[]> {
    return this.store(messages);
  }

  private requireSecret({ headers }: FastifyRequest): void {
    const given = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (given === undefined || !sameSecret(given, this.sink.secret)) throw loginRequired();
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
