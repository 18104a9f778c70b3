import { Controller, Get, Inject, NotFoundException, Param, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findTestLogin } from '../../domain/administration/identities/test-login.ts';
import { acrValuesFor } from '../../domain/federation/claims.ts';
import { testLoginPath } from '../../domain/urls.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { testLoginOverPage, testLoginPage, testLoginResultPage } from '../pages/test-login.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { seeOther, sendPage } from '../session/session-context.ts';
import { TEST_LOGIN_UID } from './federation.controller.ts';
import { rememberTestLogin, takeTestLogin } from './login-cookies.ts';
import { finishTestLogin, type TestUnderway } from './finish-test-login.ts';
import { planRefusalOf, providerWordsOf } from './login-refusal.ts';

/** A login of the plan's staff that shows what the identity provider says: `identity test` makes the address. */
@Public()
@Controller()
export class TestLoginController {
  private readonly services: SharedServices;

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
  }

  /** Nothing is used up here, so that a program that looks at links in messages does no harm. */
  @Get(testLoginPath(':tenant', ':token'))
  async open(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { tenant } = server;
    if (!server.identityProvider) throw new NotFoundException();
    if (!(await findTestLogin(this.services.pool, tenant.id, token)))
      return void (await sendPage(reply, testLoginOverPage(), 404));
    if (!Object.hasOwn(Object(request.query) as object, 'start')) {
      const start = `${testLoginPath(tenant.id, token)}?start`;
      const { issuer } = server.identityProvider.settings;
      return void (await sendPage(reply, testLoginPage({ plan: tenant.name, issuer, start })));
    }
    await this.leave(server, token, reply);
  }

  /** Sends the browser to the provider as a login of a member would; it always asks who it is. */
  private async leave({ tenant, identityProvider }: TenantServer, token: string, reply: FastifyReply) {
    const { federation, secondFactor } = tenant.settings;
    try {
      const endpoints = await identityProvider?.endpoints();
      if (!endpoints || !federation) throw new NotFoundException();
      const needs = { asked: '', needsSecondFactor: secondFactor === 'required' };
      const { url, underway } = await endpoints.login.start({
        uid: TEST_LOGIN_UID,
        fresh: false,
        askAgain: true,
        acrValues: acrValuesFor(federation, needs),
        language: 'en',
      });
      const test: TestUnderway = { token, underway };
      rememberTestLogin(this.services.formKey, tenant, reply, test);
      await seeOther(reply, url);
    } catch (error) {
      const { reason, cause } = planRefusalOf(error);
      const refusal = { reason, said: providerWordsOf(cause) };
      await sendPage(reply, testLoginResultPage({ refusal }), 502);
    }
  }

  /** The browser has come back from the provider. */
  @Get(testLoginPath(':tenant'))
  async result(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { services } = this;
    const test = takeTestLogin(services.formKey, server.tenant, request, reply) as TestUnderway | undefined;
    const result = test && (await finishTestLogin(services, server, request, test));
    if (result) await sendPage(reply, testLoginResultPage(result));
    else await sendPage(reply, testLoginOverPage(), 404);
  }
}
