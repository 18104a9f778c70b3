import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { TENANT_ID, noSuchAddress } from '@patient-access/fhir';
import { issuerPath, REQUEST_ID_HEADER } from '@patient-access/internal-api';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'undici';
import { AUTH_POOL } from '../proxy/auth.controller.ts';
import { forward } from '../proxy/forward.ts';

const SUFFIX = '.well-known/openid-configuration';

/**
 * The metadata of an authorization server where RFC 8414 section 3.1 has it: the well-known part before the path of the
 * issuer. It is the same document as below the issuer.
 */
@Public()
@Controller('.well-known')
export class WellKnownController {
  private readonly pool: Pool;

  constructor(@Inject(AUTH_POOL) pool: Pool) {
    this.pool = pool;
  }

  @Get([`oauth-authorization-server${issuerPath(':tenant')}`, `openid-configuration${issuerPath(':tenant')}`])
  async metadata(
    @Param('tenant') tenant: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!TENANT_ID.test(tenant)) throw noSuchAddress();
    const path = `${issuerPath(tenant)}/${SUFFIX}`;
    await forward(request, reply, {
      pool: this.pool,
      path,
      headers: { accept: 'application/json', [REQUEST_ID_HEADER]: request.id },
    });
  }
}
