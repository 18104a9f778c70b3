import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { logOutAtPlanPath, memberPath } from '../../domain/urls.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { forgetLoginAtPlan, hasLoggedOut, loginAtPlan } from './login-cookies.ts';

/**
 * The page after the log-out leads here, and from here the browser goes to the provider's own log-out. A form cannot be
 * redirected there: browsers apply its `form-action` to every redirect that follows. Any site can lead a browser here, so nobody
 * is logged out there who has not logged out here.
 */
@Public()
@Controller()
export class LogOutAtPlanController {
  private readonly services: SharedServices;

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
  }

  @Get(logOutAtPlanPath(':tenant'))
  async logOut(
    @Param('tenant', TenantPipe) { tenant, identityProvider }: TenantServer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { config, formKey, logger } = this.services;
    const loggedOut = `${config.PUBLIC_URL}${memberPath(tenant.id, 'logged-out')}`;
    if (!hasLoggedOut(tenant, request))
      return void (await reply.headers(SECURITY_HEADERS).redirect(loggedOut, 303));
    const idToken = loginAtPlan(formKey, tenant, request);
    forgetLoginAtPlan(tenant, reply);
    const endpoints = await identityProvider?.endpoints().catch((error: unknown) => {
      logger.warn(
        { err: error, tenant: tenant.id, requestId: request.id },
        'no log-out at the identity provider',
      );
    });
    const there = idToken === undefined ? undefined : endpoints?.login.logoutUrl(idToken, loggedOut);
    await reply.headers(SECURITY_HEADERS).redirect(there ?? loggedOut, 303);
  }
}
