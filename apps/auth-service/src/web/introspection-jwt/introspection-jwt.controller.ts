import { Body, Controller, Inject, Param, Post, Res } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { INTROSPECTION_PATH, IntrospectionRequest } from '@patient-access/internal-api';
import { INTROSPECTION_JWT_TYPE } from '@patient-access/smart';
import type { FastifyReply } from 'fastify';
import { offeredTypes } from '../../domain/grants/offered-types.ts';
import { GrantUse } from '../../domain/consent/grant-use.ts';
import { POOL } from '../services/tokens.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { findLiveToken } from '../../provider/introspection/live-token.ts';

const HEADERS = { 'content-type': `application/${INTROSPECTION_JWT_TYPE}`, 'cache-control': 'no-store' };

/**
 * Tells the gateway who a token belongs to, at the moment when somebody uses the token. All other callers use the
 * introspection endpoint of the authorization server.
 */
@Controller(INTROSPECTION_PATH)
export class IntrospectionJwtController {
  private readonly pool: Pool;
  private readonly grantUse: GrantUse;

  constructor(@Inject(POOL) pool: Pool, grantUse: GrantUse) {
    this.pool = pool;
    this.grantUse = grantUse;
  }

  /** 200 with the introspection JWT of the token; 204 when the token is not live here. */
  @Post()
  async introspect(
    @Param('tenant', TenantPipe) { tenant, stores, signIntrospectionJwt }: TenantServer,
    @Body({ schema: IntrospectionRequest }) { token }: IntrospectionRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await findLiveToken(this.pool, tenant, token);
    if (!found) return reply.status(204).send();
    const { grantId } = found;
    const claims = { ...found.claims, ...offeredTypes(tenant) };
    if (grantId === undefined) return reply.status(200).headers(HEADERS).send(signIntrospectionJwt(claims));
    this.grantUse.note(tenant.id, grantId);
    // A fault that the app has set in the sandbox may be for this one request.
    const sandbox = await stores.sandbox?.take(grantId);
    await reply
      .status(200)
      .headers(HEADERS)
      .send(signIntrospectionJwt({ ...claims, ...(sandbox && { sandbox }) }));
  }
}
