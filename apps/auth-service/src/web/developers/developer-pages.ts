import { ForbiddenException, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { attemptOf, noteReason } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { DEVELOPERS, type DeveloperSession, findSession } from '../../domain/developers/developers.ts';
import { hmac, type Keys, sameText } from '../../domain/keys/secrets.ts';
import { developerPath } from '../../domain/urls.ts';
import { PlanSuspended } from '../../provider/endpoints/error-page.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { type TenantServer, Tenants } from '../../provider/tenants.ts';
import { isCrossSite, postedForm } from '../pages/posted-form.ts';
import { sendErrorPage } from '../pages/send-error-page.ts';
import { seeOther } from '../session/session-context.ts';
import type { DeveloperContext, DeveloperRequest, OwnPage } from './developer-context.ts';
import { type CookiePlace, developerCookie } from './developer-cookie.ts';

type Act<Context> = (context: Context) => FastifyReply | Promise<FastifyReply>;

/** A form of somebody who is logged in is bound to the session; the others have nothing that it could be bound to. */
const tokenOf = (key: Keys, session: DeveloperSession | undefined): string =>
  session ? hmac(key, `developer/${session.id}`) : '';

/** @throws ForbiddenException unless a page of this session posted the form (security case O08) */
function checkForm({ request, session, frame }: DeveloperContext): void {
  if (request.method !== 'POST') return;
  const isBound = !session || sameText(postedForm(request).get('token') ?? '', frame.token);
  if (isCrossSite(request) || !isBound) throw new ForbiddenException();
}

/**
 * Answers the pages for developers with an account. A plan has them if it lets apps register or apply, if it sends mails, and if
 * the installation has a site for developers.
 */
@Injectable()
export class DeveloperPages {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  async answer(request: DeveloperRequest, reply: FastifyReply, act: Act<DeveloperContext>): Promise<void> {
    const { services } = this;
    const { server, place } = await this.find(request.params.tenant);
    try {
      if (server.tenant.suspended) throw new PlanSuspended();
      const context = await this.contextOf(server, place, request, reply);
      checkForm(context);
      await act(context);
    } catch (error) {
      sendErrorPage(services, server, request, reply, error, { ownPage: developerPath(place.tenant) });
    }
  }

  /** Somebody who is not logged in is sent to the login. */
  async answerOwn(request: DeveloperRequest, reply: FastifyReply, act: Act<OwnPage>): Promise<void> {
    await this.answer(request, reply, (context) => {
      const { session, place } = context;
      if (!session) {
        noteReason(request, 'login-required');
        return seeOther(reply, developerPath(place.tenant, 'login'));
      }
      const caller = { user: { iss: DEVELOPERS, sub: session.developer.id } };
      attemptOf(request).known = { tenant: place.tenant, caller };
      return act({ ...context, session });
    });
  }

  private async find(id: string): Promise<{ server: TenantServer; place: CookiePlace }> {
    const { DEVELOPERS_URL: developersUrl } = this.services.config;
    const server = await this.tenants.get(id);
    const { registration, settings } = server?.tenant ?? {};
    const offers = settings?.mail && (registration === 'open' || settings.applications);
    if (!server || !offers || developersUrl === undefined) throw new NotFoundException();
    return { server, place: { tenant: id, developersUrl } };
  }

  private async contextOf(
    server: TenantServer,
    place: CookiePlace,
    request: DeveloperRequest,
    reply: FastifyReply,
  ): Promise<DeveloperContext> {
    const { services } = this;
    const { tenant } = server;
    const cookie = developerCookie(place, request);
    const session = cookie === undefined ? undefined : await findSession(services.pool, tenant.id, cookie);
    const token = tokenOf(services.formKey, session);
    const frame = { tenant: tenant.id, plan: tenant.name, token, email: session?.developer.email };
    return { services, server, request, reply, place, session, frame };
  }
}
