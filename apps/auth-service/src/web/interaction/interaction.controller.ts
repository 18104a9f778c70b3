import { Controller, Get, Inject, NotFoundException, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { sameText } from '../../domain/keys/secrets.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { logInAtPlan } from '../federation/log-in-at-plan.ts';
import { launchRefusal, refuseLaunch } from './refuse-launch.ts';
import { PlanSuspended } from '../../provider/endpoints/error-page.ts';
import { sendFailure } from '../pages/failure.ts';
import { formOf, isForeign, rememberChoice } from '../pages/page-request.ts';
import { federationPath, interactionPath } from '../../domain/urls.ts';
import { agree, choose, chooseAgain, deny } from './decide.ts';
import { logIn } from './log-in.ts';
import { showPage } from './pages.ts';
import { enrol, enterCode } from './second-step.ts';
import { openVisit, type Step, type Visit, type VisitRequest } from './visit.ts';

const PATH = interactionPath(':tenant', ':uid');
const FEDERATION_PATH = federationPath(':tenant', ':uid');

type Action = (visit: Visit, fields: URLSearchParams) => Promise<FastifyReply | void>;

/** What can be done on which page; everything else is refused, so that no step can be skipped (case O26). */
const ACTIONS: Record<Step, ReadonlyMap<string, Action>> = {
  login: actions({ login: logIn, cancel: deny }),
  code: actions({ code: enterCode, cancel: deny }),
  enrol: actions({ enrol, cancel: deny }),
  choose: actions({ choose, deny }),
  consent: actions({ agree, deny, back: chooseAgain }),
};

/** A map, so that no name that a form may send (`constructor`) is found by accident. */
function actions(named: Record<string, Action>): ReadonlyMap<string, Action> {
  return new Map(Object.entries(named));
}

/** The pages that a member sees between an app's request and its answer. */
@Public()
@Controller()
export class InteractionController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get(PATH)
  async show(@Req() request: VisitRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.visit(request, reply, async (visit) => showPage(visit));
  }

  /** A link leads here, not a form: browsers would apply the form's `form-action` to all that follows. */
  @Get(FEDERATION_PATH)
  async logInAtPlan(@Req() request: VisitRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.visit(request, reply, logInAtPlan);
  }

  @Post(PATH)
  async answer(@Req() request: VisitRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = formOf(request);
    await this.visit(request, reply, async (visit) => {
      const action = ACTIONS[visit.step].get(fields.get('action') ?? '');
      const genuine = !isForeign(request) && sameText(fields.get('token') ?? '', visit.token);
      if (!genuine || !action)
        return sendFailure(this.services, visit.server, request, reply, { statusCode: 403 });
      return action(visit, fields);
    });
  }

  private async visit(
    request: VisitRequest,
    reply: FastifyReply,
    act: (visit: Visit) => Promise<FastifyReply | void>,
  ): Promise<void> {
    const server = await this.tenants.get(request.params.tenant);
    if (!server) throw new NotFoundException();
    rememberChoice(server.tenant, request, reply);
    try {
      if (server.tenant.suspended) throw new PlanSuspended();
      const visit = await openVisit(this.services, server, request, reply);
      const refusal = launchRefusal(visit);
      await (refusal ? refuseLaunch(visit, refusal) : act(visit));
    } catch (error) {
      sendFailure(this.services, server, request, reply, error);
    }
  }
}
