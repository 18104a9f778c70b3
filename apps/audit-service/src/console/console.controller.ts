import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { ReadPool } from '@patient-access/database';
import { forbidden, notFound, OperationError, unavailable } from '@patient-access/fhir';
import { EMPTY_BODY_HASH } from '@patient-access/events';
import { ENGINE, type Engine } from '@patient-access/fhir-store';
import { AUDIT_CONSOLE_PATH } from '@patient-access/internal-api';
import { BARS_STYLE } from '@patient-access/pages';
import { acceptsGzip } from '@patient-access/platform';
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
import { asOf } from './as-of.ts';
import { askForFile, askWithin } from './ask.ts';
import { boundsFor } from './bounds.ts';
import type { ChainState } from './chain-state.ts';
import { NameDirectory } from './directory.ts';
import type { Download, DownloadInput } from './files/downloads.ts';
import { parseQuery } from './filter.ts';
import { DOWNLOADS } from './files/manifest-file.ts';
import { QUESTIONS, renderPage } from './pages/layout.ts';
import { consoleErrorPage } from './pages/error-page.ts';
import { STYLE } from './pages/style.ts';
import { ANSWERS } from './questions/questions.ts';
import { sendFile } from './files/send-file.ts';
import type { Undelivered } from './undelivered.ts';

/** Injection token of the auditor role's connection pool. */
export const AUDITOR_POOL = Symbol('auditor pool');

/** Injection token of {@link ConsoleMeans}. */
export const CONSOLE = Symbol('console');

/** What the console works with. */
export interface ConsoleMeans {
  /** connections of the auditor role for pages */
  pool: ReadPool;
  /** and those for files */
  filePool: ReadPool;
  /** time for all statements of one page */
  pageMs: number;
  /** internal base URL of auth-service */
  authUrl: string;
  /** private key of the checkpoints, PEM: it signs manifests */
  signingKey: string;
  /** what the service knows of the chains of a tenant */
  chains: ChainState;
  undelivered: Undelivered;
}

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
}

const pathOf = (page: string) => `console/${page}`;

/**
 * The audit console: pages and files for auditors of a tenant, at `/audit/{tenant}/` of the public host. Each of them
 * is a search of the trail. It is decided like a search of the FHIR API, and recorded before the response leaves.
 */
@Controller(AUDIT_CONSOLE_PATH)
export class AuditConsoleController {
  private readonly engine: Engine;
  private readonly means: ConsoleMeans;

  constructor(@Inject(ENGINE) engine: Engine, @Inject(CONSOLE) means: ConsoleMeans) {
    this.engine = engine;
    this.means = means;
  }

  @Get('style.css')
  style(@Req() request: TrailRequest, @Res() reply: FastifyReply): void {
    this.send(request, reply, { type: 'text/css; charset=utf-8', body: Buffer.from(STYLE + BARS_STYLE) });
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
    if (!this.engine.mayDisclose(request.params.tenant))
      return this.apologise(request, reply, page, unavailable());
    try {
      const file = DOWNLOADS.get(page);
      if (file) return await this.stream(request, reply, page, await file(this.forFile(request, page)));
      const shown = await this.answer(request, page);
      await recordTrailAccess(this.engine, request, pathOf(page), shown);
      this.send(request, reply, shown);
    } catch (thrown) {
      await this.refuse(request, reply, page, thrown);
    }
  }

  /** Nothing is sent before an event says that the file is being sent; another one says how that ended. */
  private async stream(
    request: TrailRequest,
    reply: FastifyReply,
    page: string,
    file: Download,
  ): Promise<void> {
    const { upto } = file.filter;
    const nothing = { events: 0, bodyHash: EMPTY_BODY_HASH, members: new Set<string>() };
    const begun = { stream: 'begun', upto, ...nothing } as const;
    await recordTrailAccess(this.engine, request, pathOf(page), begun);
    const onError = (error: unknown) => this.engine.onError(error, request.id);
    const headers = {
      ...HEADERS,
      ...bindingOf(request),
      'content-type': file.type,
      'content-disposition': `attachment; filename="${request.params.tenant}-${page}"`,
    };
    const sent = await sendFile(reply, file, { headers, gzip: acceptsGzip(request), onError });
    await recordTrailAccess(this.engine, request, pathOf(page), sent).catch(onError);
  }

  /** @throws OperationError 403 for a caller who is no auditor of this tenant, 400 for a bad parameter */
  private forFile(request: TrailRequest, page: string): DownloadInput {
    const { tenant } = request.params;
    const { filePool, authUrl, signingKey, chains, undelivered } = this.means;
    const decision = this.decide(request);
    const query = parseQuery(queryString(request));
    return {
      tenant,
      query,
      ask: askForFile(filePool, decision, boundsFor(page, query)),
      directory: new NameDirectory(authUrl, request),
      ...{ signingKey, chains, undelivered },
    };
  }

  /**
   * @throws OperationError 403 for a caller who is no auditor of this tenant, 404 for an unknown page, 400 for a bad
   * parameter, or for a question that needs a bound
   */
  private async answer(request: TrailRequest, page: string): Promise<RecordedPage> {
    const { tenant } = request.params;
    const { pool, pageMs, authUrl, chains, undelivered } = this.means;
    const decision = this.decide(request);
    const query = parseQuery(queryString(request));
    const within = { budgetMs: pageMs, advice: boundsFor(page, query) };
    const ask = askWithin(pool, decision, within);
    const [path, title] = QUESTIONS.find(([known]) => known === page) ?? [];
    if (path === undefined || title === undefined) throw notFound();
    const directory = new NameDirectory(authUrl, request);
    const reach = await asOf({ page: path, tenant, query, ask, chains, undelivered });
    const { body, events, shown } = await ANSWERS[path]({ tenant, query, ask, directory, chains });
    const html = renderPage(this.frame(request), { title, body, reach, current: path });
    return { type: HTML, body: Buffer.from(html), events, ...(shown && { shown }) };
  }

  private decide(request: TrailRequest): ReturnType<typeof decideTrailAccess> {
    const decision = decideTrailAccess(request);
    if (decision.member !== ALL_MEMBERS) throw forbidden('scope-insufficient');
    return decision;
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
    this.apologise(request, reply, page, error);
  }

  private apologise(request: TrailRequest, reply: FastifyReply, page: string, error: OperationError): void {
    const asked = { page, search: queryString(request), requestId: request.id };
    const text = consoleErrorPage(this.frame(request), error, asked);
    this.send(request, reply.status(error.status), { type: HTML, body: Buffer.from(text) });
  }

  /**
   * Sends a response with the headers that tell the gateway which request and caller it belongs to (security rule D09).
   */
  private send(
    request: TrailRequest,
    reply: FastifyReply,
    { type, body }: Pick<RecordedPage, 'type' | 'body'>,
  ): void {
    void reply.headers({ ...HEADERS, ...bindingOf(request), 'content-type': type }).send(body);
  }
}
