import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { ReadPool } from '@patient-access/database';
import { forbidden, notFound, OperationError, unavailable } from '@patient-access/fhir';
import { ENGINE, type Engine, readRows } from '@patient-access/fhir-store';
import { AUDIT_CONSOLE_PATH } from '@patient-access/internal-api';
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
import { DOWNLOADS } from './downloads.ts';
import type { Ask } from './export.ts';
import { parseQuery } from './filter.ts';
import { consoleErrorPage, QUESTIONS, renderPage } from './pages/layout.ts';
import { STYLE } from './pages/style.ts';
import { ANSWERS } from './questions.ts';

/** Injection token of the auditor role's connection pool. */
export const AUDITOR_POOL = Symbol('auditor pool');

const HTML = 'text/html; charset=utf-8';
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

interface RecordedPage extends TrailResponse {
  type: string;
  /** the name under which a browser saves it; absent for a page */
  file?: string;
}

const pathOf = (page: string) => `console/${page}`;

/**
 * The audit console: pages and files for auditors of a tenant, at `/audit/{tenant}/` of the public host. Each of them
 * is a search of the trail. It is decided like a search of the FHIR API, and recorded before the response leaves.
 */
@Controller(AUDIT_CONSOLE_PATH)
export class AuditConsoleController {
  private readonly engine: Engine;
  private readonly pool: ReadPool;

  constructor(@Inject(ENGINE) engine: Engine, @Inject(AUDITOR_POOL) pool: ReadPool) {
    this.engine = engine;
    this.pool = pool;
  }

  @Get('style.css')
  style(@Req() request: TrailRequest, @Res() reply: FastifyReply): void {
    this.send(request, reply, { type: 'text/css; charset=utf-8', body: Buffer.from(STYLE) });
  }

  @Get(':page')
  async page(
    @Req() request: TrailRequest,
    @Res() reply: FastifyReply,
    @Param('page') page: string,
  ): Promise<void> {
    await this.show(request, reply, page);
  }

  private async show(request: TrailRequest, reply: FastifyReply, page: string): Promise<void> {
    if (!this.engine.mayDisclose()) return this.apologise(request, reply, unavailable());
    try {
      const shown = await this.answer(request, page);
      await recordTrailAccess(this.engine, request, pathOf(page), shown);
      this.send(request, reply, shown);
    } catch (thrown) {
      await this.refuse(request, reply, page, thrown);
    }
  }

  /**
   * @throws OperationError 403 for a caller who is no auditor of this tenant, 404 for an unknown page, 400 for a bad
   * parameter
   */
  private async answer(request: TrailRequest, page: string): Promise<RecordedPage> {
    const { tenant } = request.params;
    const ask = this.asker(request);
    const query = parseQuery(queryString(request));
    const download = DOWNLOADS.get(page);
    if (download) return { ...(await download({ tenant, query, ask })), file: `${tenant}-${page}` };
    const [path, title] = QUESTIONS.find(([known]) => known === page) ?? [];
    if (path === undefined || title === undefined) throw notFound();
    const { body, events } = await ANSWERS[path]({ tenant, query, ask });
    const html = renderPage(this.frame(request), { title, body, current: path });
    return { type: HTML, body: Buffer.from(html), events };
  }

  private asker(request: TrailRequest): Ask {
    const decision = decideTrailAccess(request);
    if (decision.member !== ALL_MEMBERS) throw forbidden('scope-insufficient');
    return async <Row>(statement: Parameters<Ask>[0]) => {
      const [rows = []] = await readRows<Row>(this.pool, decision, [statement]);
      return rows;
    };
  }

  private frame({ user, params: { tenant } }: TrailRequest) {
    return { tenant, login: user.username ?? user.client_id };
  }

  private async refuse(
    request: TrailRequest,
    reply: FastifyReply,
    page: string,
    thrown: unknown,
  ): Promise<void> {
    const error = thrown instanceof OperationError ? thrown : unavailable(thrown);
    if (error.status >= 500) this.engine.onError(thrown, request.id);
    await recordTrailAccess(this.engine, request, pathOf(page), { refused: error }).catch(
      (unrecorded: unknown) => this.engine.onError(unrecorded, request.id),
    );
    this.apologise(request, reply, error);
  }

  private apologise(request: TrailRequest, reply: FastifyReply, error: OperationError): void {
    const text = consoleErrorPage(this.frame(request), { message: error.message, requestId: request.id });
    this.send(request, reply.status(error.status), { type: HTML, body: Buffer.from(text) });
  }

  /**
   * Sends a response with the headers that tell the gateway which request and caller it belongs to (security rule D09).
   */
  private send(
    request: TrailRequest,
    reply: FastifyReply,
    { type, body, file }: Pick<RecordedPage, 'type' | 'body' | 'file'>,
  ): void {
    if (file !== undefined) void reply.header('content-disposition', `attachment; filename="${file}"`);
    void reply.headers({ ...HEADERS, ...bindingOf(request), 'content-type': type }).send(body);
  }
}
