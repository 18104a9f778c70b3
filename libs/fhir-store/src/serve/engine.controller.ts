import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import {
  bindingHeaders,
  CLIENT_ADDRESS_HEADER,
  FOR_THE_GATEWAY,
  LINKS_HEADER,
  NO_ANSWER_HEADER,
  ROOM_HEADER,
} from '@patient-access/internal-api';
import { publicationOf } from '@patient-access/fhir';
import { noteRecorded, sendCompressed } from '@patient-access/platform';
import type { TokenClaims } from '@patient-access/smart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Engine } from './engine.ts';
import { PUBLISHED_HEADERS } from './published.ts';
import type { FhirRequest } from './request.ts';
import { serve } from './serve.ts';

/** Injection token of the {@link Engine}. */
export const ENGINE = Symbol('fhir engine');

type Authenticated = FastifyRequest<{ Params: { tenant: string; '*': string } }> & { user: TokenClaims };

function toFhirRequest(request: Authenticated): FhirRequest {
  const { headers, params, url } = request;
  const question = url.indexOf('?');
  const end = question < 0 ? url.length : question;
  const room = headers[ROOM_HEADER];
  return {
    requestId: request.id,
    tenant: params.tenant,
    method: request.method,
    path: url.slice(params.tenant.length + 2, end),
    parameters: {
      query: url.slice(end + 1),
      ...(typeof request.body === 'string' && { body: request.body }),
      contentType: headers['content-type'],
      accept: headers.accept,
    },
    prefer: String(headers['prefer'] ?? ''),
    conditions: { ifNoneMatch: headers['if-none-match'], ifModifiedSince: headers['if-modified-since'] },
    ...(room !== undefined && { room: Number(room) }),
    asksNext: NO_ANSWER_HEADER in headers,
    ...(LINKS_HEADER in headers && { links: new Map<string, readonly string[]>() }),
    address: String(headers[CLIENT_ADDRESS_HEADER] ?? request.ip),
  };
}

const OF_A_CALLER = {
  'cache-control': 'no-store',
  vary: 'Authorization, Accept, Accept-Encoding, Origin',
};

/** Who may keep an answer: nobody, unless everybody may have it. */
const keeping = (tenant: string, status: number) =>
  publicationOf(tenant) && status < 400 ? PUBLISHED_HEADERS : OF_A_CALLER;

/** Answers below the FHIR base of every tenant, with the paths that the gateway uses: `/{tenant}/{Type}…`. */
@Controller()
export class EngineController {
  private readonly engine: Engine;

  constructor(@Inject(ENGINE) engine: Engine) {
    this.engine = engine;
  }

  @All(':tenant/*')
  async handle(@Req() request: Authenticated, @Res() reply: FastifyReply): Promise<void> {
    const response = await serve(this.engine, toFhirRequest(request), request.user);
    if (response.isRecorded) noteRecorded(request, { isRefusal: response.status >= 400 });
    reply.status(response.status).headers({
      ...response.headers,
      ...keeping(request.params.tenant, response.status),
      ...bindingHeaders({ requestId: request.id, subject: request.user }),
    });
    // The gateway adds to such an answer, or drops it. It compresses what it sends.
    if (FOR_THE_GATEWAY.some((name) => name in response.headers)) return reply.send(response.body);
    await sendCompressed(request, reply, response.body);
  }
}
