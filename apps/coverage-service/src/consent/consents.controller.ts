import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type ConsentFact, type EventKeys, openFact } from '@patient-access/events';
import { loginRequired, unavailable } from '@patient-access/fhir';
import { PlanMoves, type PlanPools } from '@patient-access/fhir-store';
import { CONSENT_FACTS_PATH } from '@patient-access/internal-api';
import { type Logger, Public } from '@patient-access/platform';
import { KAFKA_TOPICS } from '@patient-access/topology';
import { storeConsent } from './store-consent.ts';

/** Injection token of the {@link ConsentSink}. */
export const CONSENTS = Symbol('consent sink');

/** Writes Consents with the ingest role. */
export interface ConsentSink {
  pools: PlanPools;
  /** by which auth-service is known */
  keys: EventKeys;
  logger: Logger;
}

/** The two ways in which a fact about a consent arrives. In both it is acknowledged when it is stored. */
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
    const lines = String(body ?? '').split('\n');
    const opened = lines.map((line) => openFact(this.sink.keys, line, Date.now()));
    if (!opened.every((each) => 'fact' in each || each.authentic)) throw loginRequired();
    for (const each of opened) await this.store(each);
  }

  @Public()
  @EventPattern(KAFKA_TOPICS.consents.name)
  async overKafka(@Payload() message: unknown): Promise<void> {
    await this.store(openFact(this.sink.keys, String(message), Date.now()));
  }

  /**
   * Logs a fact that can never be stored, and goes on. auth-service still has it, and publishes it again on demand
   * (`admin consent publish`).
   */
  private async store(opened: ReturnType<typeof openFact>): Promise<void> {
    const reason = 'fact' in opened ? await this.keep(opened.fact) : opened.invalid;
    if (reason !== undefined) this.sink.logger.error({ reason }, 'not a consent that can be stored');
  }

  /** Rejects while the plan is being moved, so the fact comes again. */
  private async keep(fact: ConsentFact): Promise<string | undefined> {
    const { pool } = await this.sink.pools.of(fact.tenant);
    return storeConsent(pool, fact).catch((error: unknown) => {
      throw error instanceof PlanMoves ? unavailable(error) : error;
    });
  }
}
