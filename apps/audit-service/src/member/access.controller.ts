import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { forbidden, OperationError, unavailable } from '@patient-access/fhir';
import { ENGINE, type Engine, readRows } from '@patient-access/fhir-store';
import { MEMBER_ACCESSES_PATH, type MemberAccess, type MemberAccesses } from '@patient-access/internal-api';
import { ALL_MEMBERS } from '@patient-access/smart';
import type { FastifyReply } from 'fastify';
import { bindingOf, decideOn, queryOf, record, type Told, type Visit } from '../asked.ts';
import { filterOf, parseQuery } from '../console/filter.ts';
import { accessStatement, MOST_EVENTS } from './access.ts';

/** What the AuditEvent of it says was asked for. */
const PATH = 'access';

/**
 * Who saw a member's data in a period, added up: for the page of auth-service that shows it. Asked in her name, and one
 * reading of her trail (docs/adr/0048-answer-members-trail-searches-from-one-index.md).
 */
@Controller(MEMBER_ACCESSES_PATH)
export class AccessController {
  private readonly engine: Engine;

  constructor(@Inject(ENGINE) engine: Engine) {
    this.engine = engine;
  }

  @Get()
  async show(@Req() visit: Visit, @Res() reply: FastifyReply): Promise<void> {
    if (!this.engine.mayDisclose()) throw unavailable();
    const told = await this.answer(visit).catch((thrown: unknown) => this.refuse(visit, thrown));
    await record(this.engine, visit, PATH, told);
    const headers = { ...bindingOf(visit), 'cache-control': 'no-store', 'content-type': 'application/json' };
    void reply.headers(headers).send(told.body);
  }

  /** @throws OperationError 403 for whoever is no member of this tenant, 400 for no period */
  private async answer(visit: Visit): Promise<Told> {
    const decision = decideOn(visit);
    if (decision.member === ALL_MEMBERS) throw forbidden('no-member');
    const statement = accessStatement(decision, filterOf(parseQuery(queryOf(visit))));
    const [accesses = []] = await readRows<MemberAccess>(this.engine.pool, decision, [statement]);
    const events = accesses.reduce((sum, { times }) => sum + times, 0);
    const answer: MemberAccesses = { accesses, complete: events < MOST_EVENTS };
    const body = Buffer.from(JSON.stringify(answer));
    return { body, events };
  }

  /** @throws OperationError always, once it is recorded */
  private async refuse(visit: Visit, thrown: unknown): Promise<never> {
    const refused = thrown instanceof OperationError ? thrown : unavailable(thrown);
    if (refused.status >= 500) this.engine.onError(thrown, visit.id);
    await record(this.engine, visit, PATH, { refused });
    throw refused;
  }
}
