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

/** The path that the AuditEvent about this request names. */
const PATH = 'access';

/**
 * Summarises who accessed a member's data in a period, for the page of auth-service that shows it. auth-service asks in
 * the member's name. The request counts as one read of the trail
 * (docs/adr/0048-answer-members-trail-searches-from-one-index.md).
 */
@Controller(MEMBER_ACCESSES_PATH)
export class AccessController {
  private readonly engine: Engine;

  constructor(@Inject(ENGINE) engine: Engine) {
    this.engine = engine;
  }

  @Get()
  async show(@Req() request: TrailRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!this.engine.mayDisclose(request.params.tenant)) throw unavailable();
    const response = await this.answer(request).catch((thrown: unknown) => this.refuse(request, thrown));
    await recordTrailAccess(this.engine, request, PATH, response);
    const headers = {
      ...bindingOf(request),
      'cache-control': 'no-store',
      'content-type': 'application/json',
    };
    void reply.headers(headers).send(response.body);
  }

  /** @throws OperationError 403 for a caller who is no member of this tenant, 400 for a missing or wrong period */
  private async answer(request: TrailRequest): Promise<TrailResponse> {
    const decision = decideTrailAccess(request);
    if (decision.member === ALL_MEMBERS) throw forbidden('no-member');
    const filter = filterOf(parseQuery(queryString(request)));
    const statement = accessStatement(decision, filter, request.user.whole_record === true);
    const [rows = []] = await readRows<MemberAccess & { events: number }>(this.engine.pool, decision, [
      statement,
    ]);
    const events = rows.reduce((sum, row) => sum + row.events, 0);
    const accesses = rows.map(({ events: _, ...access }) => access);
    const answer: MemberAccesses = { accesses, complete: events < MOST_EVENTS };
    const body = Buffer.from(JSON.stringify(answer));
    return { body, events };
  }

  /** Records the refusal. @throws OperationError always, after the refusal is recorded */
  private async refuse(request: TrailRequest, thrown: unknown): Promise<never> {
    const refused = thrown instanceof OperationError ? thrown : unavailable(thrown);
    if (refused.status >= 500) this.engine.onError(thrown, request.id);
    await recordTrailAccess(this.engine, request, PATH, { refused });
    throw refused;
  }
}
