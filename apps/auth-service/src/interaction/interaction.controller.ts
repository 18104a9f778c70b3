import { Controller, Get, Inject, NotFoundException, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { sameText } from '../keys/secrets.ts';
import { SERVICES, type Services } from '../tenant/tenant.ts';
import { Tenants, type TenantServer } from '../tenant/tenants.ts';
import { launchRefusal, refuseLaunch } from '../launch/refuse-launch.ts';
import { errorPage, explain } from '../pages/error.ts';
import { PAGE_HEADERS } from '../pages/headers.ts';
import { languageOf, rememberLanguage, TEXTS } from '../pages/language.ts';
import { STYLE } from '../pages/style.ts';
import { interactionPath, STYLE_PATH } from '../urls.ts';
import { agree, choose, chooseAgain, deny } from './decide.ts';
import { logIn } from './log-in.ts';
import { showPage } from './pages.ts';
import { formOf, openVisit, type PageRequest, type Step, type Visit, wishesOf } from './visit.ts';

const PATH = interactionPath(':tenant', ':uid');
const STYLE_SECONDS = 3_600;

type Action = (visit: Visit, fields: URLSearchParams) => Promise<FastifyReply | void>;

/** What can be done on which page; everything else is refused, so that no step can be skipped (case O26). */
const ACTIONS: Record<Step, ReadonlyMap<string, Action>> = {
  login: actions({ login: logIn, cancel: deny }),
  choose: actions({ choose, deny }),
  consent: actions({ agree, deny, back: chooseAgain }),
};

/** Whether a browser says that another site made it send this (Fetch Metadata); the cookie is the other wall. */
function isForeign({ headers }: PageRequest): boolean {
  return ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));
}

/** A map, so that no name that a form may send (`constructor`) is found by accident. */
function actions(named: Record<string, Action>): ReadonlyMap<string, Action> {
  return new Map(Object.entries(named));
}

/** The pages that a member sees between an app's request and its answer. */
@Public()
@Controller()
export class InteractionController {
  private readonly tenants: Tenants;
  private readonly services: Services;

  constructor(tenants: Tenants, @Inject(SERVICES) services: Services) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get(STYLE_PATH)
  style(@Res() reply: FastifyReply): void {
    const cache = { 'Cache-Control': `public, max-age=${STYLE_SECONDS}` };
    void reply
      .headers({ ...PAGE_HEADERS, ...cache })
      .type('text/css; charset=utf-8')
      .send(STYLE);
  }

  @Get(PATH)
  async show(@Req() request: PageRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.visit(request, reply, async (visit) => showPage(visit));
  }

  @Post(PATH)
  async answer(@Req() request: PageRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = formOf(request);
    await this.visit(request, reply, async (visit) => {
      const action = ACTIONS[visit.step].get(fields.get('action') ?? '');
      const genuine = !isForeign(request) && sameText(fields.get('token') ?? '', visit.token);
      if (!genuine || !action)
        return this.fail(visit.server, request, reply, { statusCode: 403, error: 'forbidden' });
      return action(visit, fields);
    });
  }

  private async visit(
    request: PageRequest,
    reply: FastifyReply,
    act: (visit: Visit) => Promise<FastifyReply | void>,
  ): Promise<void> {
    const server = await this.tenants.get(request.params.tenant);
    if (!server) throw new NotFoundException();
    this.remember(server, request, reply);
    try {
      const visit = await openVisit(this.services, server, request, reply);
      const refusal = launchRefusal(visit);
      await (refusal ? refuseLaunch(visit, refusal) : act(visit));
    } catch (error) {
      this.fail(server, request, reply, error);
    }
  }

  /** A choice of language counts for every page of this tenant that is opened after it. */
  private remember(server: TenantServer, request: PageRequest, reply: FastifyReply): void {
    if (request.method !== 'GET') return;
    const cookie = rememberLanguage(wishesOf(request), server.tenant.issuer.startsWith('https:'));
    if (cookie !== undefined) void reply.header('Set-Cookie', cookie);
  }

  private fail(server: TenantServer, request: PageRequest, reply: FastifyReply, error: unknown): void {
    const explanation = explain(error);
    const { status } = explanation;
    if (status >= 500) this.services.logger.error({ err: error, requestId: request.id }, 'a page failed');
    const wishes = wishesOf(request);
    const frame = {
      plan: server.tenant.name,
      texts: TEXTS[languageOf(wishes)],
      search: wishes.search,
    };
    const page = errorPage({ ...frame, ...explanation, requestId: request.id });
    void reply.code(status).headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
  }
}
