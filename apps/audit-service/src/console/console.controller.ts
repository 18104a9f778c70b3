import { hash } from 'node:crypto';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { ReadPool } from '@patient-access/database';
import { definitions, forbidden, notFound, OperationError, unavailable } from '@patient-access/fhir';
import { accessEvent, ENGINE, type Engine, readScoped } from '@patient-access/fhir-store';
import { decide, EVERYBODY, type TokenClaims } from '@patient-access/smart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DOWNLOADS } from './downloads.ts';
import type { Ask } from './export.ts';
import { parseQuery } from './filter.ts';
import { errorPage, QUESTIONS, renderPage } from './pages/layout.ts';
import { STYLE } from './pages/style.ts';
import { ANSWERS } from './questions.ts';

/** Injection token of the auditor role's pool. */
export const OVERSIGHT = Symbol('oversight');

const TYPE = 'AuditEvent';
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

type Visit = FastifyRequest<{ Params: { tenant: string } }> & { user: TokenClaims };

interface Shown {
  type: string;
  body: Buffer;
  /** how many AuditEvents it tells of */
  events: number;
}

/**
 * The audit console: pages and files for auditors of a tenant, at `/audit/{tenant}/` of the public host. Each is a search
 * of the trail: decided like one of the FHIR API, and recorded before it leaves.
 */
@Controller('internal/console/:tenant')
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
    try {
      const shown = await this.answer(visit, page);
      const { events, body } = shown;
      const counts = { [TYPE]: events };
      await this.record(visit, page, {
        interaction: 'search-type',
        type: TYPE,
        counts,
        bodyHash: hash('sha256', body, 'hex'),
      });
      this.send(visit, reply, shown);
    } catch (thrown) {
      await this.refuse(visit, reply, page, thrown);
    }
  }

  /** @throws OperationError 403 for whoever is no auditor of this tenant, 404 for no page, 400 for a bad parameter */
  private async answer(visit: Visit, page: string): Promise<Shown> {
    const { tenant } = visit.params;
    const ask = this.asker(visit);
    const query = parseQuery(visit.url.split(/\?(.*)/s)[1] ?? '');
    const download = DOWNLOADS.get(page);
    if (download) return download({ tenant, query, ask });
    const [path, title] = QUESTIONS.find(([known]) => known === page) ?? [];
    if (path === undefined || title === undefined) throw notFound();
    const { body, events } = await ANSWERS[path]({ tenant, query, ask });
    const html = renderPage(this.frame(visit), { title, body, current: path });
    return { type: HTML, body: Buffer.from(html), events };
  }

  private asker({ user, params: { tenant } }: Visit): Ask {
    const { namedOnly = false, overseen = false } = definitions.get(TYPE) ?? {};
    const asked = {
      interaction: 'search-type',
      type: TYPE,
      namedOnly,
      overseen,
      ofNobody: false,
      tenant,
    } as const;
    const decision = decide(user, asked);
    if (!decision.allowed) throw forbidden(decision.reason);
    // What a granular scope leaves is not what these pages add up.
    const whole = decision.alternatives.some((filters) => filters.length === 0);
    if (decision.member !== EVERYBODY || !whole) throw forbidden('insufficient-scope');
    return async <Row>(statement: Parameters<Ask>[0]) => {
      const [rows = []] = await readScoped<Row & { body?: unknown }>(this.pool, decision, [statement]);
      // A pool of reads leaves what is stored as bytes; here it is read, not served.
      return rows.map((row) => (row.body === undefined ? row : { ...row, body: String(row.body) }));
    };
  }

  private frame({ user, params: { tenant } }: Visit) {
    return { tenant, login: user.username ?? user.client_id };
  }

  private record(visit: Visit, page: string, result: Parameters<typeof accessEvent>[3]): Promise<void> {
    const request = {
      ...{ requestId: visit.id, tenant: visit.params.tenant, method: visit.method, path: `console/${page}` },
      ...{ parameters: { query: visit.url.split(/\?(.*)/s)[1] ?? '' }, conditions: {} },
      address: String(visit.headers['x-forwarded-for'] ?? visit.ip),
    };
    return this.engine.record(accessEvent(this.engine.owner, request, visit.user, result));
  }

  private async refuse(visit: Visit, reply: FastifyReply, page: string, thrown: unknown): Promise<void> {
    const error = thrown instanceof OperationError ? thrown : unavailable(thrown);
    if (error.status >= 500) this.engine.onError(thrown, visit.id);
    await this.record(visit, page, { refused: error }).catch((unrecorded: unknown) =>
      this.engine.onError(unrecorded, visit.id),
    );
    const text = errorPage(this.frame(visit), { message: error.message, requestId: visit.id });
    this.send(visit, reply.status(error.status), { type: HTML, body: Buffer.from(text) });
  }

  /** With the headers by which the gateway tells whose answer it is (security rule D09). */
  private send(visit: Visit, reply: FastifyReply, { type, body }: Pick<Shown, 'type' | 'body'>): void {
    const { tenant, patient = '' } = visit.user;
    const binding = { 'x-request-id': visit.id, 'x-answer-for': `${tenant}/${patient}` };
    void reply.headers({ ...HEADERS, ...binding, 'content-type': type }).send(body);
  }
}
