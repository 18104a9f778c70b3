import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { forward } from './forward.ts';
import { type Gateway, GATEWAY } from './gateway.ts';
import { passOn, SAID_ANEW } from './proxy-headers.ts';

/** Headers by which a client could claim to be us. */
const OURS = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-original-url'];

/** Login, consent and tokens: auth-service's own, passed through as they are. */
@Controller('auth')
export class AuthController {
  private readonly gateway: Gateway;

  constructor(@Inject(GATEWAY) gateway: Gateway) {
    this.gateway = gateway;
  }

  @Public()
  @All('*')
  async toAuthService(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await forward(request, reply, {
      pool: this.gateway.auth,
      path: request.url,
      headers: {
        ...passOn(request.headers, [...SAID_ANEW, ...OURS]),
        'x-request-id': request.id,
        'x-forwarded-for': request.ip,
      },
    });
  }
}
