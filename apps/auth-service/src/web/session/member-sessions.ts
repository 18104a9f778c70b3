import { ForbiddenException, Inject, Injectable } from '@nestjs/common';
import { attemptOf, noteReason } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { hmac } from '../../domain/keys/secrets.ts';
import { memberPath } from '../../domain/urls.ts';
import { callerAtBrowser } from '../../provider/audit/known-callers.ts';
import { loginUrl } from '../../provider/clients/member-pages-client.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { type TenantServer, Tenants } from '../../provider/tenants.ts';
import { answerPage } from '../pages/answer-page.ts';
import { pageFrame, rememberLanguageChoice } from '../pages/page-frame.ts';
import { serverOf } from '../services/tenant.pipe.ts';
import { seeOther, type SessionContext, type TenantRequest } from './session-context.ts';

/** The sessions of browsers at the authorization servers, for the members' own pages. */
@Injectable()
export class MemberSessions {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  /** @returns undefined when nobody is logged in at this browser */
  async find(
    server: TenantServer,
    request: TenantRequest,
    reply: FastifyReply,
  ): Promise<SessionContext | undefined> {
    const { services } = this;
    const { provider, tenant, stores } = server;
    rememberLanguageChoice(tenant, request, reply);
    const session = await provider.Session.get(provider.createContext(request.raw, reply.raw));
    const { accountId, uid } = session;
    const account = accountId === undefined ? undefined : await stores.accounts.find(accountId);
    if (!account) return undefined;
    attemptOf(request).known = { tenant: tenant.id, caller: callerAtBrowser(tenant, account) };
    const token = hmac(services.formKey, `${tenant.id}/session/${uid}`);
    const { texts, search } = pageFrame(tenant, request);
    return { services, server, request, reply, session, account, texts, search, token };
  }

  /**
   * Answers for the person who is logged in. If nobody is, it asks the person to log in first. Errors are answered
   * with an error page.
   *
   * @param page the page to which the browser returns after the login: see `memberPath`
   * @param asksAgain does this page say itself that a form that came too late has done nothing?
   * @throws NotFoundException when there is no such tenant
   */
  async answer(
    page: string,
    request: TenantRequest,
    reply: FastifyReply,
    act: (context: SessionContext) => FastifyReply | Promise<FastifyReply>,
    { asksAgain = false } = {},
  ): Promise<void> {
    const server = await serverOf(this.tenants, request.params.tenant);
    const isPosted = request.method === 'POST';
    const place = { ownPage: memberPath(server.tenant.id, page), isPosted };
    const asked = { services: this.services, server, request, reply };
    await answerPage(
      asked,
      async () => {
        const context = await this.find(server, request, reply);
        if (context) return act(context);
        noteReason(request, 'login-required');
        // After a login the page would look as if the form had done its work.
        if (isPosted && !asksAgain) throw new ForbiddenException();
        return seeOther(reply, loginUrl(server.tenant, page));
      },
      place,
    );
  }
}
