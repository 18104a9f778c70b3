import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  UseFilters,
} from '@nestjs/common';
import { attemptOf, noteCode, noteReason, Public } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import * as users from '../../domain/administration/identities/scim-users.ts';
import { sameText } from '../../domain/keys/secrets.ts';
import { openSecret } from '../../domain/tenant/federation-settings.ts';
import { scimPath } from '../../domain/urls.ts';
import { callerOfAdministrator } from '../../provider/audit/known-callers.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { bearerCredential } from '../bearer-credential.ts';
import { ScimErrors } from './scim-errors.filter.ts';
import * as discovery from './scim-discovery.ts';
import * as messages from './scim-messages.ts';

type ScimRequest = FastifyRequest<{ Params: { tenant: string } }>;

const UNKNOWN = new messages.ScimError(401, 'the bearer token is not the one of this plan');
/** A provider that reads of a wrong token may stop for good, and nobody who has left the plan would lose her access. */
const SUSPENDED = new messages.ScimError(503, 'this plan is suspended, try again later');
const PAGE = 100;
/** In whose name the events are. */
const ADMINISTRATOR = 'SCIM';

/**
 * SCIM 2.0 for a plan's identity provider: it says who is active. Each handler checks the bearer token of the plan, which
 * opens nothing else.
 */
@Public()
@UseFilters(ScimErrors)
@Controller(scimPath(':tenant'))
export class ScimController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get('ServiceProviderConfig')
  @Header('content-type', messages.SCIM_TYPE)
  async configuration(@Req() request: ScimRequest) {
    const { base } = await this.authenticate(request);
    return discovery.serviceProvider(base);
  }

  @Get('ResourceTypes')
  @Header('content-type', messages.SCIM_TYPE)
  async types(@Req() request: ScimRequest) {
    const { base } = await this.authenticate(request);
    return messages.listMessage(1, 1, [discovery.userType(base)]);
  }

  @Get('ResourceTypes/:name')
  @Header('content-type', messages.SCIM_TYPE)
  async type(@Req() request: ScimRequest, @Param('name') name: string) {
    const { base } = await this.authenticate(request);
    if (name !== 'User') throw new messages.ScimError(404, 'no such type of resource');
    return discovery.userType(base);
  }

  @Get('Schemas')
  @Header('content-type', messages.SCIM_TYPE)
  async schemas(@Req() request: ScimRequest) {
    const { base } = await this.authenticate(request);
    return messages.listMessage(1, 1, [discovery.userSchema(base)]);
  }

  @Get('Schemas/:id')
  @Header('content-type', messages.SCIM_TYPE)
  async schema(@Req() request: ScimRequest, @Param('id') id: string) {
    const { base } = await this.authenticate(request);
    if (id !== discovery.USER_SCHEMA) throw new messages.ScimError(404, 'no such schema');
    return discovery.userSchema(base);
  }

  @Get('Users')
  @Header('content-type', messages.SCIM_TYPE)
  async list(
    @Req() request: ScimRequest,
    @Query() { filter, startIndex = '1', count = String(PAGE) }: Record<string, string | undefined>,
  ) {
    const { admin, base } = await this.authenticate(request);
    const from = Number(startIndex) || 1;
    const asked = { filter: messages.filterIn(filter), startIndex: from, count: Number(count) || 0 };
    const { total, users: found } = await users.listScimUsers(admin, asked);
    return messages.listMessage(
      total,
      Math.max(from, 1),
      found.map((user) => messages.userMessage(base, user)),
    );
  }

  @Post('Users')
  @Header('content-type', messages.SCIM_TYPE)
  async create(@Req() request: ScimRequest, @Body() body: unknown) {
    const { admin, base } = await this.authenticate(request);
    return messages.userMessage(base, await users.createScimUser(admin, messages.attributesIn(body)));
  }

  @Get('Users/:id')
  @Header('content-type', messages.SCIM_TYPE)
  async show(@Req() request: ScimRequest, @Param('id') id: string) {
    const { admin, base } = await this.authenticate(request);
    return messages.userMessage(base, await users.findScimUser(admin, id));
  }

  @Put('Users/:id')
  @Header('content-type', messages.SCIM_TYPE)
  async replace(@Req() request: ScimRequest, @Param('id') id: string, @Body() body: unknown) {
    const { admin, base } = await this.authenticate(request);
    const attributes = messages.attributesIn(body);
    return messages.userMessage(base, await users.changeScimUser(admin, id, () => attributes));
  }

  @Patch('Users/:id')
  @Header('content-type', messages.SCIM_TYPE)
  async change(@Req() request: ScimRequest, @Param('id') id: string, @Body() body: unknown) {
    const { admin, base } = await this.authenticate(request);
    return messages.userMessage(
      base,
      await users.changeScimUser(admin, id, (user) => messages.patchedUser(user, body)),
    );
  }

  @Delete('Users/:id')
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    const { admin } = await this.authenticate(request);
    await users.deleteScimUser(admin, id);
  }

  /** @throws ScimError 401, also for a plan without SCIM and for no plan; 503 for the right token of a suspended plan */
  private async authenticate(
    request: ScimRequest,
  ): Promise<{ admin: users.ScimAdministration; base: string }> {
    const { config, pool } = this.services;
    const server = await this.tenants.get(request.params.tenant);
    const federation = server?.tenant.settings.federation;
    if (!server || federation?.scimToken === undefined) throw UNKNOWN;
    const { tenant } = server;
    const token = openSecret(config.KEY_ENCRYPTION_KEY, tenant.id, 'scimToken', federation.scimToken);
    if (!sameText(bearerCredential(request.headers.authorization), token)) throw UNKNOWN;
    attemptOf(request).known = {
      tenant: tenant.id,
      caller: callerOfAdministrator({ administrator: ADMINISTRATOR }),
    };
    if (tenant.suspended) {
      noteReason(request, 'plan-suspended');
      noteCode(request, 'plan-suspended');
      throw SUSPENDED;
    }
    const by = { administrator: ADMINISTRATOR, address: clientAddress(request), requestId: request.id };
    return { admin: { pool, tenant, federation, ...by }, base: `${config.PUBLIC_URL}${scimPath(tenant.id)}` };
  }
}
