import {
  All,
  Controller,
  Get,
  Inject,
  NotFoundException,
  Req,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CLIENT_ADDRESS_HEADER, REQUEST_ID_HEADER } from '@patient-access/internal-api';
import { attemptOf, isForPerson, Public } from '@patient-access/platform';
import { traceHeaders } from '@patient-access/tracing';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendMissing, SITE_OF, type SiteOf } from '../site.controller.ts';
import { isPassedOn } from './account-path.ts';

/** Injection token of the internal base URL of auth-service. */
export const AUTH_URL = Symbol('auth-service');

const FORM = 'application/x-www-form-urlencoded';
const FORM_WITH_FILE = 'multipart/form-data';
/** As auth-service takes it. */
const MAX_FILE_BYTES = 1_048_576;
const PAGE = 'text/html';
const TIMEOUT_MS = 30_000;

/** What a page needs to know of a request. Everything else, such as what a proxy would say, is not passed on. */
const REQUEST_HEADERS = [
  'accept',
  'cookie',
  'content-type',
  'user-agent',
  'sec-fetch-site',
  'sec-fetch-mode',
];
const ANSWER_HEADERS = [
  'content-type',
  'content-security-policy',
  'cache-control',
  'location',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  REQUEST_ID_HEADER,
];

/** Forms are passed on as they came. */
export function takeForms(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  server.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  const limit = { parseAs: 'buffer', bodyLimit: MAX_FILE_BYTES } as const;
  server.addContentTypeParser(FORM_WITH_FILE, limit, (_request, body, done) => done(null, body));
}

function headersOf(request: FastifyRequest): Record<string, string> {
  const given = REQUEST_HEADERS.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return {
    ...Object.fromEntries(given),
    [REQUEST_ID_HEADER]: request.id,
    [CLIENT_ADDRESS_HEADER]: request.ip,
    ...traceHeaders(),
  };
}

const bodyOf = ({ body }: FastifyRequest): string | Uint8Array<ArrayBuffer> | undefined =>
  typeof body === 'string' ? body : Buffer.isBuffer(body) ? new Uint8Array(body) : undefined;

/** The pages of developers' accounts, which auth-service has (ADR 79). They and their cookie are on this origin alone. */
@Public()
@Controller()
export class AccountController {
  private readonly authUrl: string;
  private readonly siteOf: SiteOf;

  constructor(@Inject(AUTH_URL) authUrl: string, @Inject(SITE_OF) siteOf: SiteOf) {
    this.authUrl = authUrl;
    this.siteOf = siteOf;
  }

  @Get('auth/style.css')
  async style(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.passOn(request, reply);
  }

  @All('account/*')
  async page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.passOn(request, reply);
  }

  private async passOn(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!isPassedOn(request.url)) return this.answerMissing(request, reply);
    const answer = await this.askAuth(request);
    // auth-service records its answers by itself.
    attemptOf(request).isPassedOn = true;
    const body = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get('content-type') ?? '';
    if (answer.status === 404 && !type.startsWith(PAGE)) return this.answerMissing(request, reply);
    for (const name of ANSWER_HEADERS) {
      const value = answer.headers.get(name);
      if (value !== null) void reply.header(name, value);
    }
    const cookies = answer.headers.getSetCookie();
    if (cookies.length > 0) void reply.header('set-cookie', cookies);
    await reply.code(answer.status).send(body);
  }

  private askAuth(request: FastifyRequest): Promise<Response> {
    return fetch(new URL(request.url, this.authUrl), {
      method: request.method,
      headers: headersOf(request),
      body: bodyOf(request),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw new ServiceUnavailableException(undefined, { cause });
    });
  }

  /** @throws NotFoundException for a program */
  private async answerMissing(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!isForPerson(request)) throw new NotFoundException();
    await sendMissing(this.siteOf(request), request, reply);
  }
}
