import { Controller, ForbiddenException, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import { returnAddress, openWayBack, type WayBack } from '../../domain/apps/return-ticket.ts';
import { cookieIn } from '../../domain/cookies.ts';
import { returnPath } from '../../domain/urls.ts';
import { returnCookieName } from '../../provider/authorization/show-errors.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { goOnPage } from '../pages/answered.ts';
import { answerPage } from '../pages/answer-page.ts';
import { formPageHeaders } from '../pages/headers.ts';
import { pageFrame } from '../pages/page-frame.ts';
import { isCrossSite, isNavigation, postedForm } from '../pages/posted-form.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { seeOther, type TenantRequest } from '../session/session-context.ts';

/** Sends an error to an app that the plan has not checked, because a person pressed the button of the error page. */
@Public()
@Controller(returnPath(':tenant'))
export class ReturnController {
  private readonly services: SharedServices;

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
  }

  /** 403 for a form of another site, another browser or another time, and for an app that is banned by now. */
  @Post()
  async goBack(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = { services: this.services, server, request, reply };
    const leadBack = async () => {
      const way = await this.wayBack(server, request);
      if (!way) throw new ForbiddenException();
      if (!isNavigation(request)) return seeOther(reply, returnAddress(way));
      const page = goOnPage({
        ...pageFrame(server.tenant, request),
        tenant: server.tenant.id,
        app: way.app,
        to: returnAddress(way),
        byItself: true,
        isPosted: true,
      });
      return reply.headers(formPageHeaders()).type('text/html; charset=utf-8').send(page);
    };
    await answerPage(asked, leadBack, { isPosted: true });
  }

  private async wayBack(
    { tenant, provider }: TenantServer,
    request: TenantRequest,
  ): Promise<(WayBack & { app: string }) | undefined> {
    const browser = cookieIn(request.headers.cookie, returnCookieName(tenant)) ?? '';
    const ticket = postedForm(request).get('ticket') ?? '';
    if (isCrossSite(request) || browser === '') return undefined;
    const way = openWayBack(this.services.formKey, tenant.id, browser, ticket);
    const client = way && (await provider.Client.find(way.clientId));
    if (!way || !client?.redirectUriAllowed(way.redirectUri)) return undefined;
    return { ...way, app: appDisplayName(client.clientName) };
  }
}
