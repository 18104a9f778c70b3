import { Readable } from 'node:stream';
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
  Put,
  Query,
  Req,
  Res,
  UseFilters,
} from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { AuthenticatedBy } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ActRefused } from '../../domain/act-refused.ts';
import { deleteTenant } from '../../domain/administration/plans/delete-tenant.ts';
import { tenantLines } from '../../domain/administration/plans/export-tenant.ts';
import {
  type Operation,
  patchPlanSettings,
  putPlanSettings,
  showPlan,
} from '../../domain/administration/plans/plan-settings.ts';
import { createTenant, NewTenant, suspendTenant } from '../../domain/administration/plans/tenants.ts';
import type { Operator } from '../../domain/audit/acts.ts';
import { createPrisma } from '../../domain/database.ts';
import type { Keys } from '../../domain/keys/secrets.ts';
import { providerProblems } from '../../egress/provider-check.ts';
import type { PrismaClient } from '../../generated/client.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import { CONFIG, POOL } from '../services/tokens.ts';
import { AdministrationErrors } from './administration-errors.filter.ts';
import { administratorOf } from './administrator-name.ts';
import { OPERATOR_STRATEGY } from './operator.strategy.ts';

type Config = Pick<SharedServices['config'], 'KEY_ENCRYPTION_KEY'>;

function operatorOf(request: FastifyRequest): Operator {
  return { ...administratorOf(request), address: request.ip, requestId: request.id };
}

/** The plans of the installation, for its operator: on the internal listener only, and in force without a restart. */
@AuthenticatedBy(OPERATOR_STRATEGY)
@UseFilters(AdministrationErrors)
@Controller('internal/admin/:tenant')
export class PlansController {
  private readonly prisma: PrismaClient;
  private readonly pool: Pool;
  private readonly masters: Keys;

  constructor(@Inject(POOL) pool: Pool, @Inject(CONFIG) { KEY_ENCRYPTION_KEY: masters }: Config) {
    this.prisma = createPrisma(pool);
    this.pool = pool;
    this.masters = masters;
  }

  /** Creates a plan, or sets the name of one. Its kind stays. */
  @Put()
  async put(
    @Req() request: FastifyRequest,
    @Param('tenant') id: string,
    @Body() body: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const plan = NewTenant.omit({ settings: true })
      .strict()
      .parse({ ...body, id });
    const created = await createTenant(this.prisma, this.masters, plan, operatorOf(request));
    void reply.code(created ? 201 : 200);
    return showPlan(this.prisma, id);
  }

  @Get()
  show(@Param('tenant') id: string) {
    return showPlan(this.prisma, id);
  }

  /** All settings. `?unchecked`: the identity provider is not asked. */
  @Put('settings')
  async configure(
    @Req() request: FastifyRequest,
    @Param('tenant') id: string,
    @Body() settings: object,
    @Query('unchecked') unchecked?: string,
  ) {
    await putPlanSettings(this.operation(request, unchecked), id, settings);
    return showPlan(this.prisma, id);
  }

  /** Some settings, as a JSON Merge Patch (RFC 7396). */
  @Patch('settings')
  async set(
    @Req() request: FastifyRequest,
    @Param('tenant') id: string,
    @Body() patch: object,
    @Query('unchecked') unchecked?: string,
  ) {
    await patchPlanSettings(this.operation(request, unchecked), id, { ...patch });
    return showPlan(this.prisma, id);
  }

  @Post('suspend')
  @HttpCode(204)
  suspend(@Req() request: FastifyRequest, @Param('tenant') id: string) {
    return suspendTenant(this.prisma, id, true, operatorOf(request));
  }

  @Post('resume')
  @HttpCode(204)
  resume(@Req() request: FastifyRequest, @Param('tenant') id: string) {
    return suspendTenant(this.prisma, id, false, operatorOf(request));
  }

  /** NDJSON; without its last line, of the kind `end`, it is not whole. */
  @Get('export')
  async export(@Req() request: FastifyRequest, @Param('tenant') id: string, @Res() reply: FastifyReply) {
    const lines = tenantLines({ prisma: this.prisma, pool: this.pool, by: operatorOf(request) }, id);
    // What is wrong is known with the first line, and is answered as an error.
    const first = await lines.next();
    const body = Readable.from(
      (async function* () {
        yield first.value ?? '';
        yield* lines;
      })(),
    );
    void reply.type('application/x-ndjson').header('cache-control', 'no-store').send(body);
  }

  /** Of a suspended plan, all but its trail, consents and apps. There is no way back. */
  @Delete()
  async delete(
    @Req() request: FastifyRequest,
    @Param('tenant') id: string,
    @Query('confirm') confirm?: string,
  ) {
    if (confirm !== id) throw new ActRefused(`confirm=${id} is needed: all that it has goes`);
    return { deleted: await deleteTenant(this.pool, id, operatorOf(request)) };
  }

  private operation(request: FastifyRequest, unchecked: string | undefined): Operation {
    const { prisma, pool, masters } = this;
    const askProvider = unchecked === undefined ? providerProblems : undefined;
    return { prisma, pool, masters, by: operatorOf(request), askProvider };
  }
}
