import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { ReadPool } from '@patient-access/database';
import { forbidden, notFound, OperationError, unavailable } from '@patient-access/fhir';
import { ENGINE, type Engine, readRows } from '@patient-access/fhir-store';
import { AUDIT_CONSOLE_PATH } from '@patient-access/internal-api';
import { ALL_MEMBERS } from '@patient-access/smart';
import type { FastifyReply } from 'fastify';
import { bindingOf, decideOn, queryOf, record, type Told, type Visit } from '../asked.ts';
import { DOWNLOADS } from './downloads.ts';
import type { Ask } from './export.ts';
import { parseQuery } from './filter.ts';
import { errorPage, QUESTIONS, renderPage } from './pages/layout.ts';
import { STYLE } from './pages/style.ts';
import { ANSWERS } from './questions.ts';

/** Injection token of the auditor role's pool. */
export const OVERSIGHT = Symbol('oversight');

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

interface Shown extends Told {
  type: string;
}

const pathOf = (page: string) => `console/${page}`;

/**
 * The audit console: pages and files for auditors of a tenant, at `/audit/{tenant}/` of the public host. Each is a search
 * of the trail: decided like one of the FHIR API, and recorded before it leaves.
 */
@Controller(AUDIT_CONSOLE_PATH)
export class ConsoleController {
  private readonly engine: Engine;
  private readonly pool: ReadPool;

  constructor(@Inject(ENGINE) engine: Engine, @Inject(OVERSIGHT) pool: ReadPool) {
    this.engine = engine;
    this.pool = pool;
  }

  @Get('style.css')
  style(@Req() visit: Visit, @Res() reply: FastifyReply): void {
    this.send(visit, reply, { type: 'text/css; charset=utf-8', body: Buffer.from(STYLE) });
  }

  @Get(':page')
  async page(@Req() visit: Visit, @Res() reply: FastifyReply, @Param('page') page: string): Promise<void> {
    await this.show(visit, reply, page);
  }

  private async show(visit: Visit, reply: FastifyReply, page: string): Promise<void> {
    if (!this.engine.mayDisclose()) return this.apologise(visit, reply, unavailable());
    try {
      const shown = await this.answer(visit, page);
      await record(this.engine, visit, pathOf(page), shown);
      this.send(visit, reply, shown);
    } catch (thrown) {
      await this.refuse(visit, reply, page, thrown);
    }
  }

  /** @throws OperationError 403 for whoever is no auditor of this tenant, 404 for no page, 400 for a bad parameter */
  private async answer(visit: Visit, page: string): Promise<Shown> {
    const { tenant } = visit.params;
    const ask = this.asker(visit);
    const query = parseQuery(queryOf(visit));
    const download = DOWNLOADS.get(page);
    if (download) return download({ tenant, query, ask });
    const [path, title] = QUESTIONS.find(([known]) => known === page) ?? [];
    if (path === undefined || title === undefined) throw notFound();
    const { body, events } = await ANSWERS[path]({ tenant, query, ask });
    const html = renderPage(this.frame(visit), { title, body, current: path });
    return { type: HTML, body: Buffer.from(html), events };
  }

  private asker(visit: Visit): Ask {
    const decision = decideOn(visit);
    if (decision.member !== ALL_MEMBERS) throw forbidden('scope-insufficient');
    return async <Row>(statement: Parameters<Ask>[0]) => {
      const [rows = []] = await readRows<Row & { body?: unknown }>(this.pool, decision, [statement]);
      // A pool of reads leaves what is stored as bytes; here it is read, not served.
      return rows.map((row) => (row.body === undefined ? row : { ...row, body: String(row.body) }));
    };
  }

  private frame({ user, params: { tenant } }: Visit) {
    return { tenant, login: user.username ?? user.client_id };
  }

  private async refuse(visit: Visit, reply: FastifyReply, page: string, thrown: unknown): Promise<void> {
    const error = thrown instanceof OperationError ? thrown : unavailable(thrown);
    if (error.status >= 500) this.engine.onError(thrown, visit.id);
    await record(this.engine, visit, pathOf(page), { refused: error }).catch((unrecorded: unknown) =>
      this.engine.onError(unrecorded, visit.id),
    );
    this.apologise(visit, reply, error);
  }

  private apologise(visit: Visit, reply: FastifyReply, error: OperationError): void {
    const text = errorPage(this.frame(visit), { message: error.message, requestId: visit.id });
    this.send(visit, reply.status(error.status), { type: HTML, body: Buffer.from(text) });
  }

  /** With the headers by which the gateway tells whose answer it is (security rule D09). */
  private send(visit: Visit, reply: FastifyReply, { type, body }: Pick<Shown, 'type' | 'body'>): void {
    void reply.headers({ ...HEADERS, ...bindingOf(visit), 'content-type': type }).send(body);
  }
}
