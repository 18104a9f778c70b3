import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { forbidden, OperationError, unavailable } from '@patient-access/fhir';
import { ENGINE, type Engine, readRows } from '@patient-access/fhir-store';
import { MEMBER_ACCESSES_PATH, type MemberAccess, type MemberAccesses } from '@patient-access/internal-api';
import { ALL_MEMBERS } from '@patient-access/smart';
import type { FastifyReply } from 'fastify';
import {
  bindingOf,
  decideTrailAccess,
  queryString,
  recordTrailAccess,
  type TrailResponse,
  type TrailRequest,
} from '../trail-request.ts';
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
  async show(@Req() request: TrailRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!this.engine.mayDisclose()) throw unavailable();
    const response = await this.answer(request).catch((thrown: unknown) => this.refuse(request, thrown));
    await recordTrailAccess(this.engine, request, PATH, response);
    const headers = {
      ...bindingOf(request),
      'cache-control': 'no-store',
      'content-type': 'application/json',
    };
    void reply.headers(headers).send(response.body);
  }

  /** @throws OperationError 403 for whoever is no member of this tenant, 400 for no period */
  private async answer(request: TrailRequest): Promise<TrailResponse> {
    const decision = decideTrailAccess(request);
    if (decision.member === ALL_MEMBERS) throw forbidden('no-member');
    const statement = accessStatement(decision, filterOf(parseQuery(queryString(request))));
    const [accesses = []] = await readRows<MemberAccess>(this.engine.pool, decision, [statement]);
    const events = accesses.reduce((sum, { times }) => sum + times, 0);
    const answer: MemberAccesses = { accesses, complete: events < MOST_EVENTS };
    const body = Buffer.from(JSON.stringify(answer));
    return { body, events };
  }

  /** @throws OperationError always, once it is recorded */
  private async refuse(request: TrailRequest, thrown: unknown): Promise<never> {
    const refused = thrown instanceof OperationError ? thrown : unavailable(thrown);
    if (refused.status >= 500) this.engine.onError(thrown, request.id);
    await recordTrailAccess(this.engine, request, PATH, { refused });
    throw refused;
  }
}
