import { BadRequestException, Controller, Get, NotFoundException, Param, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { Tenants } from '../../provider/tenants.ts';
import { federationCallbackPath, federationPath } from '../../domain/urls.ts';

const UID = /^([\w-]{10,64})\./;

/** The redirect URI that the plan's identity provider knows: leads to the interaction whose cookie it cannot see. */
@Public()
@Controller()
export class FederationController {
  private readonly tenants: Tenants;

  constructor(tenants: Tenants) {
    this.tenants = tenants;
  }

  /** Believes nothing: the interaction, its cookie and its state are looked at where this leads. */
  @Get(federationCallbackPath(':tenant'))
  async takeUp(
    @Param('tenant') tenant: string,
    @Req() request: { url: string },
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const server = await this.tenants.get(tenant);
    if (!server?.identityProvider) throw new NotFoundException();
    const { searchParams } = new URL(request.url, 'http://this.invalid');
    const [, uid] = UID.exec(searchParams.get('state') ?? '') ?? [];
    if (uid === undefined) throw new BadRequestException();
    await reply.headers(SECURITY_HEADERS).redirect(`${federationPath(tenant, uid)}?${searchParams}`, 303);
  }
}
