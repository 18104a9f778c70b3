import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { isUnavailable, type Pool } from '@patient-access/database';
import { type EventBatch, type EventKeys, isSignedBy, openBatch, parseBatch } from '@patient-access/events';
import { invalid, loginRequired, unavailable } from '@patient-access/fhir';
import {
  ACCESS_EVENTS_PATH,
  MISSING_EVENTS_PATH,
  type MissingEvents,
  QUESTION_SIGNATURE_HEADER,
  questionStatement,
  SequenceQuery,
} from '@patient-access/internal-api';
import { type Logger, Public } from '@patient-access/platform';
import { KAFKA_TOPICS } from '@patient-access/topology';
import { spanSince, TRACES_HEADER, tracesIn } from '@patient-access/tracing';
import type { DeadLetter } from './dead-letters.ts';
import { keepUnreadable, storeDelivery, storeOpened } from './deliver.ts';
import { missingSequences } from './producer-sequences.ts';
import type { StartCheck } from '../verify/start-check.ts';

/** Injection token of the {@link Sink}. */
export const SINK = Symbol('audit sink');

/** What a delivery needs to be stored. */
export interface Sink {
  pool: Pool;
  /** by which producers are known */
  keys: EventKeys;
  logger: Logger;
  /** says what may not be appended (ADR 127); undefined: nothing is known outside */
  start: Pick<StartCheck, 'refusal'> | undefined;
}

/** A message of the topic: a batch, or what cannot be read as one. */
export type Delivered = EventBatch | { unreadable: string };

/** The last span of each request whose events were stored: its events are in the trail. */
function noteStored(traces: readonly string[], startedAt: Date): void {
  for (const trace of traces) spanSince(trace, 'store access event', 'consumer', startedAt);
}

/**
 * The two ways in which an event arrives, and the question which have arrived. Either way an event is acknowledged after
 * its commit, and not before. Who sends is known by what was signed, so that the guard has nothing to ask for.
 */
@Controller()
export class EventsController {
  private readonly sink: Sink;

  constructor(@Inject(SINK) sink: Sink) {
    this.sink = sink;
  }

  /**
   * @param body batches, an empty line between two
   * @throws OperationError 400 for what is no batch, 401 unless a producer signed each: nothing is stored then; 503 when the
   *   database has no time for it now, or the trail of a plan may not be appended to, so that the sender tries again
   */
  @Public()
  @Post(ACCESS_EVENTS_PATH)
  @HttpCode(204)
  async overHttp(@Body() body: unknown, @Headers(TRACES_HEADER) traces: string | undefined): Promise<void> {
    const startedAt = new Date();
    const batches = String(body ?? '')
      .split('\n\n')
      .map(parseBatch);
    if (!batches.every((batch) => batch !== undefined)) throw invalid('Not a batch of access events.');
    const opened = batches.map((batch) => ({ batch, read: openBatch(this.sink.keys, batch, Date.now()) }));
    const arrived = opened.flatMap(({ batch, read }) =>
      'rejected' in read ? [] : [{ batch, opened: read }],
    );
    if (arrived.length < opened.length) throw loginRequired();
    const { open, refusal } = this.refusals(arrived, ({ batch }) => batch.tenant);
    this.log(
      await storeOpened(this.sink.pool, open).catch((error: unknown) => {
        throw isUnavailable(error) ? unavailable(error) : error;
      }),
    );
    if (refusal !== undefined) throw unavailable(new Error(refusal));
    noteStored(tracesIn(traces), startedAt);
  }

  /** Which of a producer's numbers have not arrived: the producer may forget those that the answer does not name. */
  @Public()
  @Get(MISSING_EVENTS_PATH)
  async missing(
    @Query({ schema: SequenceQuery }) question: SequenceQuery,
    @Headers(QUESTION_SIGNATURE_HEADER) signed: string | undefined,
  ): Promise<MissingEvents> {
    const { producer, first, last } = question;
    const [kid = '', signature = ''] = (signed ?? '').split(' ');
    const [service = ''] = producer.split('/');
    const statement = questionStatement(question);
    if (!isSignedBy(this.sink.keys, service, { kid, signature, statement }, Date.now()))
      throw loginRequired();
    return { missing: await missingSequences(this.sink.pool, producer, [first, last]) };
  }

  /**
   * @param delivered messages of one partition
   * @returns what became dead letters
   * @throws Error when the trail of a plan may not be appended to, so that its messages come again
   */
  @Public()
  @EventPattern(KAFKA_TOPICS.accessEvents.name)
  async overKafka(@Payload() delivered: readonly Delivered[]): Promise<DeadLetter[]> {
    const { pool, keys } = this.sink;
    const startedAt = new Date();
    const letters: DeadLetter[] = [];
    for (const each of delivered)
      if ('unreadable' in each) letters.push(await keepUnreadable(pool, each.unreadable));
    const batches = delivered.flatMap((each) => ('unreadable' in each ? [] : [each]));
    const { open, refusal } = this.refusals(batches, ({ tenant }) => tenant);
    letters.push(...(await storeDelivery(pool, keys, open)));
    if (refusal !== undefined) throw new Error(refusal);
    noteStored(
      batches.flatMap(({ traces = [] }) => traces),
      startedAt,
    );
    this.log(letters);
    return letters;
  }

  /** What may be appended now, and why the rest may not. */
  private refusals<Each>(all: readonly Each[], tenantOf: (each: Each) => string) {
    const why = (each: Each) => this.sink.start?.refusal(tenantOf(each));
    const open = all.filter((each) => why(each) === undefined);
    return { open, refusal: all.map(why).find((each) => each !== undefined) };
  }

  private log(letters: readonly DeadLetter[]): void {
    for (const { id, reason, producer } of letters)
      this.sink.logger.error({ id, reason, producer }, 'dead letter');
  }
}
