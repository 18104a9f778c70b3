import { Controller, ForbiddenException, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { errors } from 'oidc-provider';
import { digest, sameText } from '../../domain/keys/secrets.ts';
import { readingAhead } from '../../provider/together/ahead.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants, type TenantServer } from '../../provider/tenants.ts';
import { requestToRepeat } from '../federation/login-cookies.ts';
import { logInAtPlan } from './log-in-at-plan.ts';
import { launchRefusal, refuseLaunch } from './refuse-launch.ts';
import { PlanSuspended } from '../../provider/endpoints/error-page.ts';
import type { LateLogin } from '../pages/error.ts';
import { sendErrorPage } from '../pages/send-error-page.ts';
import { rememberLanguageChoice } from '../pages/page-frame.ts';
import { LANGUAGE_SWITCH } from '../pages/layout.ts';
import { serverOf } from '../services/tenant.pipe.ts';
import { isCrossSite, isNavigation, postedForm, pressedAction } from '../pages/posted-form.ts';
import { federationPath, interactionPath } from '../../domain/urls.ts';
import { CHOICE_FIELD } from '../../domain/consent/change-choice.ts';
import { agreeToConsent, keepChoice, denyConsent } from './consent-decision.ts';
import { choosePerson, choosePersonAgain } from './choose-person.ts';
import { enterProof } from './further-proof.ts';
import { askByLetter, askByMail, askByText, beginToJoin, joinAgain } from './joining/ask-to-join.ts';
import { chooseLogin } from './joining/choose-login.ts';
import { enterJoinCode } from './joining/enter-join-code.ts';
import { switchJoinLanguage } from './joining/switch-join-language.ts';
import { logInWithPassword } from './password-login.ts';
import { logInAgain } from './other-login.ts';
import { showPage } from './show-page.ts';
import { switchLanguage } from './switch-language.ts';
import { enrolSecondFactor, enterCode } from './second-factor-step.ts';
import { followFirstPress, leadOn, resumeAnswered } from './answered.ts';
import {
  formToken,
  openInteraction,
  type InteractionStep,
  type InteractionContext,
  type InteractionPageRequest,
} from './interaction-context.ts';
import { beginAgain } from './interaction-result.ts';
import { AnsweredAlready, checkStillLoggedIn } from './own-browser.ts';
import { RedirectUriGone } from './redirect-uri-gone.ts';

const PATH = interactionPath(':tenant', ':uid');
const FEDERATION_PATH = federationPath(':tenant', ':uid');

type Action = (context: InteractionContext, fields: URLSearchParams) => Promise<FastifyReply | void>;

/** The actions of each page. All others are refused, so nobody can skip a step (case O26). */
const ACTIONS: Record<InteractionStep, ReadonlyMap<string, Action>> = {
  login: actions({ login: logInWithPassword, join: beginToJoin, cancel: denyConsent }),
  join: actions({ mail: askByMail, text: askByText, letter: askByLetter, leave: beginAgain }),
  'join-code': actions({ 'join-code': enterJoinCode, again: joinAgain }),
  'join-login': actions({ make: chooseLogin }),
  proof: actions({ proof: enterProof, again: beginAgain, cancel: denyConsent }),
  code: actions({ code: enterCode, cancel: denyConsent }),
  enrol: actions({ enrol: enrolSecondFactor, cancel: denyConsent }),
  choose: actions({ choose: choosePerson, deny: denyConsent, 'log-in-again': logInAgain }),
  consent: actions({
    agree: agreeToConsent,
    deny: denyConsent,
    back: choosePersonAgain,
    'log-in-again': logInAgain,
  }),
};

/** The pages on which something may be chosen or typed when the language is changed. */
const LANGUAGE_SWITCHES: Partial<Record<InteractionStep, Action>> = {
  login: switchLanguage,
  join: switchJoinLanguage,
  'join-login': switchJoinLanguage,
  choose: switchLanguage,
  consent: switchLanguage,
};

/** The actions of the pages that come before each page of the same interaction. */
const EARLIER_ACTIONS: Partial<Record<InteractionStep, readonly string[]>> = {
  join: ['join'],
  'join-code': ['mail', 'text', 'letter'],
  'join-login': ['join-code'],
  proof: ['login'],
  code: ['login', 'proof', 'again', 'make'],
  enrol: ['login', 'proof', 'again', 'make'],
  choose: ['back'],
  consent: ['choose'],
};

function actionOf(step: InteractionStep, fields: URLSearchParams): Action | undefined {
  if (fields.has(LANGUAGE_SWITCH)) return LANGUAGE_SWITCHES[step];
  if (fields.has(CHOICE_FIELD)) return step === 'consent' ? keepChoice : undefined;
  return ACTIONS[step].get(pressedAction(fields));
}

/** Is this the second press on a page of which the first one led to the present page? */
function isOfEarlierPage(context: InteractionContext, fields: URLSearchParams): boolean {
  const { services, server, interaction, request, step, token } = context;
  if (!isNavigation(request) || isCrossSite(request)) return false;
  const ofStranger = formToken(services, server.tenant.id, interaction.uid, '');
  const posted = fields.get('token') ?? '';
  const genuine = sameText(posted, token) || sameText(posted, ofStranger);
  return genuine && (EARLIER_ACTIONS[step]?.includes(pressedAction(fields)) ?? false);
}

/** A map, because a form may send the name of a property that every object has, such as `constructor`. */
function actions(named: Record<string, Action>): ReadonlyMap<string, Action> {
  return new Map(Object.entries(named));
}

/** The pages that a member sees between an app's authorization request and its redirect back. */
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
  async show(@Req() request: InteractionPageRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answerInteraction(request, reply, async (context) => showPage(context));
  }

  /**
   * The page links to this path instead of posting a form, because browsers would apply the form's `form-action` to
   * all redirects that follow.
   */
  @Get(FEDERATION_PATH)
  async logInAtPlan(@Req() request: InteractionPageRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answerInteraction(request, reply, logInAtPlan);
  }

  @Post(PATH)
  async answer(@Req() request: InteractionPageRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = postedForm(request);
    await this.answerInteraction(request, reply, async (context) => {
      if (isOfEarlierPage(context, fields)) return reply.redirect(request.url, 303);
      const action = actionOf(context.step, fields);
      const genuine = !isCrossSite(request) && sameText(fields.get('token') ?? '', context.token);
      if (!genuine || !action) throw new ForbiddenException();
      await checkStillLoggedIn(context);
      return action(context, fields);
    });
  }

  /**
   * A person may need longer at the plan's identity provider than the interaction lives.
   *
   * @returns the address at which the same request of the app begins again; a launch is over by then, and its value is not
   *   kept. Undefined for a browser that has not left for the provider.
   */
  private lateLogin({ tenant }: TenantServer, request: InteractionPageRequest): LateLogin | undefined {
    const parameters = requestToRepeat(this.services.formKey, tenant, request, request.params.uid);
    if (!parameters || parameters['launch'] !== undefined) return parameters && {};
    return { again: `${tenant.issuer}/authorize?${new URLSearchParams(parameters)}` };
  }

  private async answerInteraction(
    request: InteractionPageRequest,
    reply: FastifyReply,
    act: (context: InteractionContext) => Promise<FastifyReply | void>,
  ): Promise<void> {
    const server = await serverOf(this.tenants, request.params.tenant);
    const asked = { services: this.services, server, request, reply };
    rememberLanguageChoice(server.tenant, request, reply);
    try {
      if (server.tenant.suspended) throw new PlanSuspended();
      const context = await readingAhead(
        this.services.pool,
        server.tenant.id,
        { interaction: digest(request.params.uid) },
        () => openInteraction(asked),
      );
      if (await resumeAnswered(context)) return;
      const refusal = launchRefusal(context);
      await (refusal ? refuseLaunch(context, refusal) : act(context)).catch(async (error: unknown) => {
        if (!(error instanceof AnsweredAlready)) throw error;
        if (!(await followFirstPress(context))) throw error;
      });
    } catch (error) {
      const over = error instanceof errors.SessionNotFound;
      if (over && (await leadOn(asked))) return;
      const late = over && !(error instanceof RedirectUriGone) ? this.lateLogin(server, request) : undefined;
      sendErrorPage(asked, error, { late });
    }
  }
}
