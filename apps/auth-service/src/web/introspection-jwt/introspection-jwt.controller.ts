import {
  BadRequestException,
  Body,
  Controller,
  Inject,
  NotFoundException,
  Param,
  Post,
  Res,
} from '@nestjs/common';
import { INTROSPECTION_JWT_TYPE } from '@patient-access/smart';
import type { FastifyReply } from 'fastify';
import { offeredTypes } from '../../domain/grants/offered-types.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { findLiveToken } from '../../provider/introspection/live-token.ts';

const HEADERS = { 'content-type': `application/${INTROSPECTION_JWT_TYPE}`, 'cache-control': 'no-store' };

/**
 * For the gateway, which asks about a token when, and only when, somebody uses it: who is it? Everybody else asks the
 * introspection endpoint of the authorization server.
 */
@Controller('internal/:tenant/statements')
export class IntrospectionJwtController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  /** 200 with a signed statement about the token; 204 when it is not live here. */
  @Post()
  async make(@Param('tenant') id: string, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { token } = (body ?? {}) as { token?: unknown };
    if (typeof token !== 'string') throw new BadRequestException();
    const server = await this.tenants.get(id);
    if (!server) throw new NotFoundException();
    const { tenant, stores, signStatement } = server;
    const found = await findLiveToken(this.services.pool, tenant, token);
    if (!found) return reply.status(204).send();
    const { grantId } = found;
    const claims = { ...found.claims, ...offeredTypes(tenant) };
    if (grantId === undefined) return reply.status(200).headers(HEADERS).send(signStatement(claims));
    this.services.grantUse.note(tenant.id, grantId);
    // What an app asked for in the sandbox is for this one request of it.
    const sandbox = await stores.sandbox?.take(grantId);
    await reply
      .status(200)
      .headers(HEADERS)
      .send(signStatement({ ...claims, ...(sandbox && { sandbox }) }));
  }
}
