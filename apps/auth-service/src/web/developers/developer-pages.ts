import { ForbiddenException, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { attemptOf, noteReason } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { DEVELOPERS, type DeveloperSession, findSession } from '../../domain/developers/developers.ts';
import { hmac, type Keys, sameText } from '../../domain/keys/secrets.ts';
import { developerPath } from '../../domain/urls.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { type TenantServer, Tenants } from '../../provider/tenants.ts';
import { answerPage } from '../pages/answer-page.ts';
import type { PageContext } from '../pages/page-context.ts';
import { isCrossSite, postedForm } from '../pages/posted-form.ts';
import { seeOther, sendPage } from '../session/session-context.ts';
import type { DeveloperContext, DeveloperRequest, OwnPage } from './developer-context.ts';
import { type CookiePlace, developerCookie } from './developer-cookie.ts';
import { keepForm, keptFormIn } from './kept-form.ts';
import { enterAccount } from './login.ts';
import { developerLoginPage } from './pages/account.ts';
import type { DeveloperFrame } from './pages/frame.ts';

type Act<Context> = (context: Context) => FastifyReply | Promise<FastifyReply | void>;

const LOGIN_REQUIRED = 401;
/** Shown above a form that was kept. */
const NOT_SENT =
  'You are logged in again. This form is as you filled it in, and it is not sent yet. If you had chosen a logo, choose it again.';

/** A form of somebody who is logged in is bound to the session; the others have nothing that it could be bound to. */
const tokenOf = (key: Keys, session: DeveloperSession | undefined): string =>
  session ? hmac(key, `developer/${session.id}`) : '';

/** @throws ForbiddenException unless a page of this session posted the form (security case O08) */
function checkForm({ request, session, frame, kept }: DeveloperContext): void {
  if (request.method !== 'POST') return;
  // The login that keeps a form is posted without a session, even if somebody has logged in meanwhile in another window.
  const isBound =
    !session || kept !== undefined || sameText(postedForm(request).get('token') ?? '', frame.token);
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
    const { server, place } = await this.find(request.params.tenant);
    const asked = { services: this.services, server, request, reply };
    const answer = async () => {
      const context = await this.contextOf(asked, place);
      checkForm(context);
      await act(context);
    };
    const ownPage = developerPath(place.tenant);
    await answerPage(asked, answer, { ownPage, isPosted: request.method === 'POST' });
  }

  /**
   * Somebody who is not logged in is sent to the login.
   *
   * @param showForm shows the form that is posted here: the login keeps what was filled in, and then it is shown again
   */
  async answerOwn(
    request: DeveloperRequest,
    reply: FastifyReply,
    act: Act<OwnPage>,
    showForm?: Act<OwnPage>,
  ): Promise<void> {
    await this.answer(request, reply, (context) => {
      const { session, frame, place, kept } = context;
      if (showForm && kept) return this.logInAgain(context, showForm);
      if (session) return this.actAs(session, context, act);
      noteReason(request, 'login-required');
      const filledIn = showForm && keepForm(this.services.formKey, request);
      if (filledIn === undefined) return seeOther(reply, developerPath(place.tenant, 'login'));
      return sendPage(reply, developerLoginPage(frame, { kept: filledIn }), LOGIN_REQUIRED);
    });
  }

  private actAs(session: DeveloperSession, context: DeveloperContext, act: Act<OwnPage>) {
    const caller = { user: { iss: DEVELOPERS, sub: session.developer.id } };
    attemptOf(context.request).known = { tenant: context.place.tenant, caller };
    return act({ ...context, session });
  }

  private async logInAgain(context: DeveloperContext, showForm: Act<OwnPage>): Promise<void> {
    const cookie = await enterAccount(context);
    const session = cookie && (await findSession(this.services.pool, context.place.tenant, cookie));
    if (!session) return;
    const frame = { ...this.frameOf(context.server, session), note: NOT_SENT };
    await this.actAs(session, { ...context, session, frame }, showForm);
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
    asked: Pick<DeveloperContext, keyof PageContext>,
    place: CookiePlace,
  ): Promise<DeveloperContext> {
    const { services, server, request } = asked;
    const cookie = developerCookie(place, request);
    const session =
      cookie === undefined ? undefined : await findSession(services.pool, server.tenant.id, cookie);
    const [frame, kept] = [this.frameOf(server, session), keptFormIn(services.formKey, request)];
    return { ...asked, place, session, frame, kept };
  }

  private frameOf({ tenant }: TenantServer, session: DeveloperSession | undefined): DeveloperFrame {
    const token = tokenOf(this.services.formKey, session);
    return { tenant: tenant.id, plan: tenant.name, token, email: session?.developer.email };
  }
}
