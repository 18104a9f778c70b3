import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { isUnavailable, type Pool } from '@patient-access/database';
import { type EventBatch, type EventKeys, openBatch, parseBatch } from '@patient-access/events';
import { invalid, loginRequired, OperationError, unavailable } from '@patient-access/fhir';
import {
  ACCESS_EVENTS_PATH,
  HELD_PLANS_HEADER,
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
import { requireSigned } from '../signed-question.ts';
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
  start: Pick<StartCheck, 'refusal' | 'isKnown' | 'held'> | undefined;
}

/** A message of the topic: a batch, or what cannot be read as one. */
export type Delivered = EventBatch | { unreadable: string };

const RETRY_AFTER_S = '10';

/** The sender keeps what is of these plans, and goes on with what is of others. */
const holding = (plans: ReadonlySet<string>, cause: Error) =>
  new OperationError('unavailable', 'The trail of a plan takes no events now.', {
    headers: { 'Retry-After': RETRY_AFTER_S, [HELD_PLANS_HEADER]: [...plans].join(' ') },
    cause,
  });

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
    const held = this.heldOf(arrived.map(({ batch }) => batch));
    const open = arrived.filter(({ batch }) => !held.has(batch.tenant));
    this.log(
      await storeOpened(this.sink.pool, open).catch((error: unknown) => {
        throw isUnavailable(error) ? unavailable(error) : error;
      }),
    );
    const [refusal] = held.values();
    if (refusal !== undefined) throw holding(new Set(held.keys()), new Error(refusal));
    noteStored(tracesIn(traces), startedAt);
  }

  /**
   * Which of a producer's numbers have not arrived: the producer may forget those that the answer does not name. Who sends by a
   * broker hears here, too, which plans are held, when this replica knows it: senders go by what they heard last.
   */
  @Public()
  @Get(MISSING_EVENTS_PATH)
  async missing(
    @Query({ schema: SequenceQuery }) question: SequenceQuery,
    @Headers(QUESTION_SIGNATURE_HEADER) signed: string | undefined,
  ): Promise<MissingEvents> {
    const { producer, first, last } = question;
    const [by = ''] = producer.split('/');
    const statement = questionStatement(question);
    requireSigned(this.sink.keys, { by, signed, statement, asked: null });
    const missing = await missingSequences(this.sink.pool, producer, [first, last]);
    const { start } = this.sink;
    return start && !start.isKnown ? { missing } : { missing, held: [...(start?.held ?? [])] };
  }

  /**
   * What is of a plan that is held waits in the database, so that what is behind it goes on.
   *
   * @param delivered messages of one partition
   * @returns what became dead letters
   * @throws OperationError 503 while it is not known which plans are held, so that all come again
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
    const held = this.heldOf(batches);
    letters.push(...(await storeDelivery(pool, keys, batches, (tenant) => held.has(tenant))));
    noteStored(
      batches.flatMap(({ tenant, traces = [] }) => (held.has(tenant) ? [] : traces)),
      startedAt,
    );
    this.log(letters);
    return letters;
  }

  /**
   * @returns the plans of some batches to whose trail nothing may be appended now, and why
   * @throws OperationError 503 while that is not known of any
   */
  private heldOf(batches: readonly EventBatch[]): ReadonlyMap<string, string> {
    const held = new Map<string, string>();
    for (const { tenant } of batches) {
      const refusal = this.sink.start?.refusal(tenant);
      if (refusal !== undefined) held.set(tenant, refusal);
    }
    const [refusal] = held.values();
    if (refusal !== undefined && !this.sink.start?.isKnown) throw unavailable(new Error(refusal));
    return held;
  }

  private log(letters: readonly DeadLetter[]): void {
    for (const { id, reason, producer } of letters)
      this.sink.logger.error({ id, reason, producer }, 'dead letter');
  }
}
