import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import {
  INTROSPECTION_PATH,
  IntrospectionRequest,
  REFUSAL_RECORDED_HEADER,
} from '@patient-access/internal-api';
import { ATTEMPT_RULES, type AttemptRules } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findEndedToken } from '../../domain/grants/ended-records.ts';
import { offeredTypes } from '../../domain/grants/offered-types.ts';
import { GrantUse } from '../../domain/consent/grant-use.ts';
import { POOL } from '../services/tokens.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { callerOfEndedToken } from '../../provider/audit/known-callers.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { findLiveToken } from '../../provider/introspection/live-token.ts';
import { INTROSPECTION_JWT_HEADERS } from '../../provider/introspection/login-jwt.ts';

/**
 * Tells the gateway who a token belongs to, at the moment when somebody uses the token. All other callers use the
 * introspection endpoint of the authorization server.
 */
@Controller(INTROSPECTION_PATH)
export class IntrospectionJwtController {
  private readonly pool: Pool;
  private readonly grantUse: GrantUse;
  private readonly attempts: AttemptRules;

  constructor(@Inject(POOL) pool: Pool, grantUse: GrantUse, @Inject(ATTEMPT_RULES) attempts: AttemptRules) {
    this.pool = pool;
    this.attempts = attempts;
    this.grantUse = grantUse;
  }

  /** 200 with the introspection JWT of the token; 204 when the token is not live here. */
  @Post()
  async introspect(
    @Param('tenant', TenantPipe) { tenant, stores, signIntrospectionJwt }: TenantServer,
    @Body({ schema: IntrospectionRequest }) { token, request: line }: IntrospectionRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await findLiveToken(this.pool, tenant, token);
    if (!found) {
      const isRecorded = await this.recordRefusal(request, tenant, token, line);
      return reply
        .status(204)
        .headers(isRecorded ? { [REFUSAL_RECORDED_HEADER]: 'yes' } : {})
        .send();
    }
    const { grantId } = found;
    const claims = { ...found.claims, ...offeredTypes(tenant) };
    if (grantId === undefined)
      return reply.status(200).headers(INTROSPECTION_JWT_HEADERS).send(signIntrospectionJwt(claims));
    this.grantUse.note(tenant.id, grantId);
    // A fault that the app has set in the sandbox may be for this one request.
    const sandbox = found.mayHaveFault ? await stores.sandbox?.take(grantId) : undefined;
    await reply
      .status(200)
      .headers(INTROSPECTION_JWT_HEADERS)
      .send(signIntrospectionJwt({ ...claims, ...(sandbox && { sandbox }) }));
  }
  /** @returns false for a token that nobody here has ever issued: the gateway counts the request */
  private async recordRefusal(
    request: FastifyRequest,
    tenant: Tenant,
    token: string,
    line = 'a request to the FHIR API',
  ): Promise<boolean> {
    const ended = await findEndedToken(this.pool, tenant.id, token);
    if (!ended) return false;
    this.attempts.counter.refuse({
      tenant: tenant.id,
      requestId: request.id,
      address: clientAddress(request),
      reason: ended.why,
      outcome: '4',
      request: line,
      caller: callerOfEndedToken(tenant, ended),
    });
    return true;
  }
}
