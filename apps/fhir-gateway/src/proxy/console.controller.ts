import { Controller, Get, Req, Res } from '@nestjs/common';
import { notFound } from '@patient-access/fhir';
import { AUDIT_CONSOLE_PAGES, AUDIT_CONSOLE_PATH, pathTo } from '@patient-access/internal-api';
import { AuthenticatedBy, noteReason } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';
import { type ConsoleUser, SESSION } from '../identity/session.strategy.ts';
import { OwnerClient } from './owner-client.ts';
import type { Headers } from './proxy-headers.ts';

type ConsoleRequest = FastifyRequest<{ Params: { tenant: string } }> & { user: ConsoleUser };

const isAuditors = (request: ConsoleRequest): request is ConsoleRequest & AuthenticatedRequest =>
  typeof request.user !== 'string';

const FIRST_PAGE = 'overview';
/** A file of the console is made of many statements, and between two lines of it there may be a long search. */
const FILE_SILENCE_MS = 120_000;
/** Of a file nobody knows the length before it is made. A page has one. */
const isFile = (headers: Headers): boolean => headers['content-length'] === undefined;

/**
 * Does the request come from another site (Fetch Metadata)? A redirect from the plan's identity provider does, too.
 */
const isFromAnotherSite = ({ headers }: ConsoleRequest): boolean =>
  ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));

/**
 * The audit console of a tenant. audit-service renders its pages for auditors who are logged in. The console only
 * reads, so it has only GET. A link from another site leads to its first page.
 */
@AuthenticatedBy(SESSION)
@Controller('audit/:tenant')
export class ConsoleProxyController {
  private readonly owners: OwnerClient;

  constructor(owners: OwnerClient) {
    this.owners = owners;
  }

  @Get()
  async start(@Req() request: ConsoleRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.open(request, reply, request.url.slice(`/audit/${request.params.tenant}`.length));
  }

  @Get('*')
  async page(@Req() request: ConsoleRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.open(request, reply, request.url.slice(`/audit/${request.params.tenant}/`.length));
  }

  /** @param asked what stands below the console in the address: a page with its query, or a query alone, or nothing */
  private async open(request: ConsoleRequest, reply: FastifyReply, asked: string): Promise<void> {
    const { tenant } = request.params;
    const below = /^(?:\?|$)/.test(asked) ? FIRST_PAGE + asked : asked;
    // The same for everybody, logged in or not: which pages there are is no secret.
    if (!AUDIT_CONSOLE_PAGES.has(below.split('?')[0] ?? '')) throw notFound();
    if (below !== FIRST_PAGE && isFromAnotherSite(request)) {
      noteReason(request, 'cross-site');
      return void reply.redirect(`/audit/${tenant}/`, 303);
    }
    await this.forward(request, reply, below);
  }

  private async forward(request: ConsoleRequest, reply: FastifyReply, below: string): Promise<void> {
    const { tenant } = request.params;
    if (!isAuditors(request)) {
      noteReason(request, 'login-required');
      return void reply.redirect(`/auth/${tenant}/console`, 303);
    }
    const { 'accept-encoding': encoding } = request.headers;
    const path = `${pathTo(AUDIT_CONSOLE_PATH, { tenant })}/${below}`;
    await this.owners.forward('audit-service', request, reply, {
      path,
      // What is compressed can show that somebody is at work on it, while there is nothing to send yet.
      headers: encoding === undefined ? {} : { 'accept-encoding': String(encoding) },
      bodyTimeoutMs: FILE_SILENCE_MS,
      mustStream: isFile,
    });
  }
}
