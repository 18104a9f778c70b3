import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type ConsentFact, type EventKeys, openFact } from '@patient-access/events';
import { loginRequired, unavailable } from '@patient-access/fhir';
import { PlanDeleted, PlanMoves, type PlanPools } from '@patient-access/fhir-store/ingest';
import { CONSENT_FACTS_PATH } from '@patient-access/internal-api';
import { type Logger, Public } from '@patient-access/platform';
import { KAFKA_TOPICS } from '@patient-access/topology';
import { storeConsents } from './store-consents.ts';

/** Injection token of the {@link ConsentSink}. */
export const CONSENTS = Symbol('consent sink');

/** Writes Consents with the ingest role. */
export interface ConsentSink {
  pools: PlanPools;
  /** by which auth-service is known */
  keys: EventKeys;
  logger: Logger;
}

type Opened = ReturnType<typeof openFact>;

/**
 * The two ways in which facts about consents arrive. In both they are acknowledged when they are stored: those that come
 * together, and are of one plan, in one transaction.
 */
@Controller()
export class ConsentsController {
  private readonly sink: ConsentSink;

  constructor(@Inject(CONSENTS) sink: ConsentSink) {
    this.sink = sink;
  }

  @Public()
  @Post(CONSENT_FACTS_PATH)
  @HttpCode(204)
  async overHttp(@Body() body: unknown): Promise<void> {
    const opened = this.open(String(body ?? '').split('\n'));
    if (!opened.every((each) => 'fact' in each || each.authentic)) throw loginRequired();
    await this.store(opened);
  }

  @Public()
  @EventPattern(KAFKA_TOPICS.consents.name)
  async overKafka(@Payload() messages: readonly string[]): Promise<void> {
    await this.store(this.open(messages));
  }

  private open(texts: readonly string[]): Opened[] {
    const now = Date.now();
    return texts.map((text) => openFact(this.sink.keys, text, now));
  }

  /**
   * Logs a fact that can never be stored, and goes on. auth-service still has it, and publishes it again on demand
   * (`admin consent publish`). What cannot be stored now makes all of them come again, after the other plans' facts were
   * stored: a fact that is there already changes nothing.
   */
  private async store(opened: readonly Opened[]): Promise<void> {
    const facts = opened.flatMap((each) => ('fact' in each ? [each.fact] : []));
    const reasons = opened.flatMap((each) => ('fact' in each ? [] : [each.invalid]));
    const failures: unknown[] = [];
    for (const [tenant, of] of Map.groupBy(facts, (fact) => fact.tenant))
      try {
        reasons.push(...(await this.keep(tenant, of)));
      } catch (error) {
        this.sink.logger.warn({ tenant, reason: String(error) }, 'consents of a plan wait');
        failures.push(error instanceof PlanMoves ? unavailable(error) : error);
      }
    for (const reason of reasons) this.sink.logger.error({ reason }, 'not a consent that can be stored');
    if (failures.length > 0) throw failures[0];
  }

  /**
   * @returns the reasons why some can never be stored
   * @throws PlanMoves while the plan is being moved
   */
  private async keep(tenant: string, facts: readonly ConsentFact[]): Promise<string[]> {
    const { pool } = await this.sink.pools.of(tenant);
    try {
      return await storeConsents(pool, tenant, facts);
    } catch (error) {
      if (error instanceof PlanDeleted) return [error.message];
      if (error instanceof PlanMoves || facts.length < 2) throw error;
    }
    // One of them may be the cause: those before it are stored.
    const reasons: string[] = [];
    for (const fact of facts) reasons.push(...(await this.keep(tenant, [fact])));
    return reasons;
  }
}
