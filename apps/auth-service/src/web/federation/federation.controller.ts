import { BadRequestException, Controller, Get, NotFoundException, Param, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { AUTHORIZATION_PAGE_HEADERS } from '../../provider/endpoints/security-headers.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { federationCallbackPath, federationPath, testLoginPath } from '../../domain/urls.ts';

/** Begins the state of a test login, where an interaction has its uid. */
export const TEST_LOGIN_UID = 'test-login';
const UID = /^([\w-]{10,64})\./;

/**
 * The redirect URI that the plan's identity provider knows. It redirects to the path of the interaction, to which the
 * cookie is bound.
 */
@Public()
@Controller()
export class FederationController {
  /** Checks only the form of the state. The interaction checks its cookie and its state. */
  @Get(federationCallbackPath(':tenant'))
  async takeUp(
    @Param('tenant', TenantPipe) { tenant, identityProvider }: TenantServer,
    @Req() request: { url: string },
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!identityProvider) throw new NotFoundException();
    const { searchParams } = new URL(request.url, 'http://this.invalid');
    const [, uid] = UID.exec(searchParams.get('state') ?? '') ?? [];
    if (uid === undefined) throw new BadRequestException();
    const path = uid === TEST_LOGIN_UID ? testLoginPath(tenant.id) : federationPath(tenant.id, uid);
    await reply.headers(AUTHORIZATION_PAGE_HEADERS).redirect(`${path}?${searchParams}`, 303);
  }
}
