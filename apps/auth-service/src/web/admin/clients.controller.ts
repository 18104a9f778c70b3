import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Req,
  UseFilters,
} from '@nestjs/common';
import { AuthenticatedBy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { plainText } from '../../domain/apps/app-name.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { ADMINISTRATOR_STRATEGY } from './administrator.strategy.ts';
import { AdministrationErrors } from './administration-errors.filter.ts';
import * as clients from '../../domain/administration/clients.ts';
import * as tokens from '../../domain/administration/initial-tokens.ts';

const MAX_NAME_CHARACTERS = 64;
const Ban = z.strictObject({ reason: z.string().default('') });

type AdminRequest = FastifyRequest<{ Params: { tenant: string } }>;

/**
 * The administration of a plan's clients over HTTP, on the internal listener only. The header `X-Administrator` names
 * the person who acts; events tell it as it was claimed.
 */
@AuthenticatedBy(ADMINISTRATOR_STRATEGY)
@UseFilters(AdministrationErrors)
@Controller('internal/admin/:tenant')
export class ClientsController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  private async open({ id, ip, params, headers }: AdminRequest): Promise<clients.Administration> {
    const server = await this.tenants.get(params.tenant);
    if (!server) throw new clients.NotFoundError(`no tenant "${params.tenant}"`);
    const name = plainText(String(headers['x-administrator'] ?? ''), MAX_NAME_CHARACTERS);
    const { pool } = this.services;
    return { pool, tenant: server.tenant, administrator: name || 'unnamed', address: ip, requestId: id };
  }

  @Get('clients')
  async list(@Req() request: AdminRequest) {
    return { clients: await clients.describeClients(await this.open(request)) };
  }

  @Post('clients')
  async register(@Req() request: AdminRequest, @Body() metadata: unknown) {
    return clients.registerForPlan(await this.open(request), metadata);
  }

  @Get('clients/:client')
  async show(@Req() request: AdminRequest, @Param('client') id: string) {
    return clients.describeClient(await this.open(request), id);
  }

  @Patch('clients/:client')
  async set(@Req() request: AdminRequest, @Param('client') id: string, @Body() change: unknown) {
    return clients.changeClient(
      await this.open(request),
      id,
      z.record(z.string(), z.unknown()).parse(change),
    );
  }

  @Delete('clients/:client')
  @HttpCode(204)
  async remove(@Req() request: AdminRequest, @Param('client') id: string): Promise<void> {
    await clients.removeClient(await this.open(request), id);
  }

  @Post('clients/:client/ban')
  @HttpCode(200)
  async ban(@Req() request: AdminRequest, @Param('client') id: string, @Body() body: unknown) {
    return clients.banClient(await this.open(request), id, Ban.parse(body ?? {}).reason);
  }

  @Post('clients/:client/unban')
  @HttpCode(200)
  async unban(@Req() request: AdminRequest, @Param('client') id: string) {
    return clients.unbanClient(await this.open(request), id);
  }

  @Post('clients/:client/verify')
  @HttpCode(200)
  async verify(@Req() request: AdminRequest, @Param('client') id: string, @Body() facts: unknown) {
    return clients.verifyClient(await this.open(request), id, clients.Verification.parse(facts));
  }

  @Post('clients/:client/rotate-secret')
  @HttpCode(200)
  async rotate(@Req() request: AdminRequest, @Param('client') id: string, @Body() body: unknown) {
    return clients.rotateClientSecret(await this.open(request), id, clients.SecretRotation.parse(body ?? {}));
  }

  @Get('registration-tokens')
  async listTokens(@Req() request: AdminRequest) {
    return { tokens: await tokens.listTokens(await this.open(request)) };
  }

  @Post('registration-tokens')
  async createToken(@Req() request: AdminRequest, @Body() body: unknown) {
    return tokens.createToken(await this.open(request), tokens.NewToken.parse(body ?? {}));
  }

  @Delete('registration-tokens/:token')
  @HttpCode(204)
  async revokeToken(@Req() request: AdminRequest, @Param('token') id: string): Promise<void> {
    await tokens.revokeToken(await this.open(request), id);
  }
}
