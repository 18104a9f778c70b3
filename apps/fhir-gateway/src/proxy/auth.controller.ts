import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import { CLIENT_ADDRESS_HEADER, REQUEST_ID_HEADER } from '@patient-access/internal-api';
import { attemptOf, Public } from '@patient-access/platform';
import { traceHeaders } from '@patient-access/tracing';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'undici';
import { forward } from './forward.ts';
import { endToEndHeaders, SET_BY_HTTP_CLIENT } from './proxy-headers.ts';

/** Injection token of the pool of connections for what is passed on to auth-service. */
export const AUTH_POOL = Symbol('auth-service');

/** Headers by which a client could pretend to be one of our proxies. */
const SET_BY_PROXIES = [
  CLIENT_ADDRESS_HEADER,
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
  'x-original-url',
];

/** Otherwise a client could decide which traces are kept, and what stands in them (W3C Trace Context, W3C Baggage). */
const OF_TRACES = ['traceparent', 'tracestate', 'baggage'];

const NOT_PASSED_ON = [...SET_BY_HTTP_CLIENT, ...SET_BY_PROXIES, ...OF_TRACES];

/** Login, consent and tokens. These requests are passed on to auth-service unchanged. */
@Controller('auth')
export class AuthProxyController {
  private readonly pool: Pool;

  constructor(@Inject(AUTH_POOL) pool: Pool) {
    this.pool = pool;
  }

  @Public()
  @All('*')
  async toAuthService(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await forward(request, reply, {
      pool: this.pool,
      path: request.url,
      headers: {
        ...endToEndHeaders(request.headers, NOT_PASSED_ON),
        [REQUEST_ID_HEADER]: request.id,
        [CLIENT_ADDRESS_HEADER]: request.ip,
        ...traceHeaders(),
      },
      // auth-service records its answers by itself.
      verify: () => void (attemptOf(request).isPassedOn = true),
    });
  }
}
