import { Controller, ForbiddenException, Get, Post, Req, Res } from '@nestjs/common';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import type { PoolClient } from 'pg';
import { demandsSecondFactor } from '../../domain/second-factor/demand.ts';
import { type Enrolment, enrolmentView, openEnrolment } from '../../domain/second-factor/enrolment.ts';
import {
  type EnrolmentPlace,
  findEnrolment,
  firstEnrolment,
  forgetEnrolment,
  keepReplacement,
} from '../../domain/second-factor/kept-enrolment.ts';
import { secondStepPath, securityPath } from '../../domain/urls.ts';
import { type SecondStepState, secondStepPage } from '../pages/second-step.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { dateAlone } from '../session/moment.ts';
import {
  genuineForm,
  memberPageOf,
  seeOther,
  sendPage,
  type SessionContext,
  type TenantRequest,
} from '../session/session-context.ts';
import { loginActEvent, offersSecondStep, recordRefusedLoginAct, takeAttempt } from './login-act.ts';

/** What the page says beside the state of the second factor. */
interface PageState {
  status?: number;
  problem?: string;
  done?: string;
  /** what the member is setting up: what she has scanned already, or the key of a new app */
  enrolment?: Enrolment;
}

const placeOf = ({ services, server, session }: SessionContext): EnrolmentPlace => ({
  pool: services.pool,
  key: services.formKey,
  tenant: server.tenant.id,
  uid: session.uid,
});

async function stateOf(context: SessionContext, enrolment: Enrolment | undefined): Promise<SecondStepState> {
  const { services, server, account } = context;
  const { tenant, stores } = server;
  const factor = await stores.secondFactors.find(account.sub);
  const view = (shown: Enrolment) => enrolmentView(services.formKey, tenant, account, shown);
  if (factor && enrolment?.replaces) return { step: 'replace', enrolment: await view(enrolment) };
  if (!factor) {
    const begun = enrolment ?? (await firstEnrolment(placeOf(context), account.sub));
    return { step: 'set-up', enrolment: await view(begun) };
  }
  const demanded = demandsSecondFactor(tenant, account);
  return { step: 'on', factor, since: dateAlone(context, factor.since), demanded };
}

async function showPage(context: SessionContext, shown: PageState = {}): Promise<FastifyReply> {
  const { status, problem, done, enrolment } = shown;
  const state = await stateOf(context, enrolment);
  const page = secondStepPage({ ...memberPageOf(context), problem, done, state });
  return sendPage(context.reply, page, status);
}

function enrolmentIn(
  { services, server, account }: SessionContext,
  fields: URLSearchParams,
): Enrolment | undefined {
  return openEnrolment(services.formKey, server.tenant.id, account.sub, fields.get('enrolment') ?? '');
}

/** What was done last; the names of the texts. */
const DONE = ['turnedOn', 'turnedOff', 'replaced'] as const;
/** Query of the page while the member sets up another app. */
const REPLACING = 'replace';

const showDone = ({ server, reply }: SessionContext, done: (typeof DONE)[number]): FastifyReply =>
  seeOther(reply, `${secondStepPath(server.tenant.id)}?done=${done}`);

/** What was set up is in use. A second press forgets it too, as the first one may not have got that far. */
async function showInUse(context: SessionContext, done: (typeof DONE)[number]): Promise<FastifyReply> {
  await forgetEnrolment(placeOf(context));
  return showDone(context, done);
}

type Act = (context: SessionContext, fields: URLSearchParams) => Promise<FastifyReply>;

/** Why what the form brings was not put in use. */
const whyNot = ({ texts: { enrol } }: SessionContext, enrolment: Enrolment | undefined): string =>
  enrolment ? enrol.wrong : enrol.late;

const turnOn: Act = async (context, fields) => {
  const { server, account, texts } = context;
  const enrolment = enrolmentIn(context, fields);
  const { secondFactors } = server.stores;
  const eventOf = () => loginActEvent(context, { action: 'second-factor-on' });
  const on =
    enrolment && (await secondFactors.turnOn(account.sub, enrolment, fields.get('code') ?? '', eventOf));
  if (!on) {
    // The second press of the button: the first one has turned it on.
    const isOn = (await secondFactors.find(account.sub)) !== undefined;
    const problem = isOn ? texts.secondStep.onAlready : whyNot(context, enrolment);
    return showPage(context, { status: 400, problem, enrolment });
  }
  return showInUse(context, 'turnedOn');
};

/** What is done for a code of the present factor, which is used up by it. */
interface ActByCode {
  action: string;
  /** @returns false when the code is wrong or was used before */
  act: (context: SessionContext, code: string) => Promise<boolean>;
  /** whether another press of the button has done it, before or meanwhile, in this login */
  isDone: (context: SessionContext) => Promise<boolean>;
  show: (context: SessionContext) => FastifyReply;
}

const isOff = async ({ server, account }: SessionContext): Promise<boolean> =>
  !(await server.stores.secondFactors.find(account.sub));

function byCode({ action, act, isDone, show }: ActByCode): Act {
  return async (context, fields) => {
    const { server, texts } = context;
    if (await isOff(context)) return showDone(context, 'turnedOff');
    const attempt = await takeAttempt(context);
    if ('problem' in attempt) return showPage(context, { status: 429, problem: attempt.problem });
    if (await act(context, fields.get('code') ?? '')) {
      await server.stores.throttle.succeeded(attempt);
      return show(context);
    }
    // The attempt stays counted: whether a code is right must not be tried without end.
    if (await isDone(context)) return show(context);
    if (await isOff(context)) return showDone(context, 'turnedOff');
    await recordRefusedLoginAct(context, { action, reason: 'wrong-code' });
    return showPage(context, { status: 400, problem: texts.code.wrong });
  };
}

const turnOff = byCode({
  action: 'second-factor-off',
  act: (context, code) => {
    const eventOf = () => loginActEvent(context, { action: 'second-factor-off' });
    return context.server.stores.secondFactors.turnOff(context.account.sub, code, eventOf);
  },
  isDone: isOff,
  show: (context) => showDone(context, 'turnedOff'),
});

/** Where every login needs a second factor, it is replaced and not turned off. */
const turnOffUnlessDemanded: Act = (context, fields) => {
  const { server, account, texts } = context;
  if (!demandsSecondFactor(server.tenant, account)) return turnOff(context, fields);
  return showPage(context, { status: 400, problem: texts.secondStep.demanded });
};

/**
 * The sealed enrolment says that a code of the present factor was right. While it is kept, any page of this login shows it, so a
 * second press opens nothing.
 */
const replace = byCode({
  action: 'second-factor-replace',
  act: (context, code) => {
    const { server, account } = context;
    const keep = (client: PoolClient) => keepReplacement(client, placeOf(context), account.sub);
    return server.stores.secondFactors.useFor(account.sub, code, keep);
  },
  isDone: async (context) => (await findEnrolment(placeOf(context), context.account.sub))?.replaces === true,
  show: ({ server, reply }) => seeOther(reply, `${secondStepPath(server.tenant.id)}?${REPLACING}`),
});

/** What the address says that the browser was sent to after a change, so that loading the page again posts nothing. */
async function stateInAddress(context: SessionContext): Promise<PageState> {
  const { account, search, texts } = context;
  const query = new URLSearchParams(search);
  const done = DONE.find((known) => known === query.get('done'));
  if (done !== undefined) return { done: texts.secondStep[done] };
  if (!query.has(REPLACING)) return {};
  return { enrolment: await findEnrolment(placeOf(context), account.sub) };
}

const confirmReplacement: Act = async (context, fields) => {
  const { server, account } = context;
  const enrolment = enrolmentIn(context, fields);
  const refuse = () => showPage(context, { status: 400, problem: whyNot(context, enrolment), enrolment });
  if (!enrolment?.replaces) return refuse();
  const { secondFactors } = server.stores;
  // The second press of the button: the first one has put it in use before, or does so meanwhile.
  const isInUse = () => secondFactors.isInUse(account.sub, enrolment);
  if (await isInUse()) return showInUse(context, 'replaced');
  const eventOf = () => loginActEvent(context, { action: 'second-factor-replace' });
  const isReplaced = await secondFactors.replace(account.sub, enrolment, fields.get('code') ?? '', eventOf);
  return isReplaced || (await isInUse()) ? showInUse(context, 'replaced') : refuse();
};

const ACTIONS: ReadonlyMap<string, Act> = new Map([
  ['turn-on', turnOn],
  ['turn-off', turnOffUnlessDemanded],
  ['replace', replace],
  ['confirm-replacement', confirmReplacement],
]);

/** The page where a member turns the second factor on and off, and replaces it. */
@Public()
@Controller(secondStepPath(':tenant'))
export class SecondStepController {
  private readonly sessions: MemberSessions;

  constructor(sessions: MemberSessions) {
    this.sessions = sessions;
  }

  @Get()
  async show(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, async (context) => showPage(context, await stateInAddress(context)));
  }

  @Post()
  async change(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, (context) => {
      const fields = genuineForm(context);
      const act = ACTIONS.get(fields?.get('action') ?? '');
      if (!fields || !act) throw new ForbiddenException();
      return act(context, fields);
    });
  }

  private async answer(
    request: TenantRequest,
    reply: FastifyReply,
    act: (context: SessionContext) => Promise<FastifyReply>,
  ): Promise<void> {
    await this.sessions.answer('security', request, reply, (context) => {
      if (offersSecondStep(context)) return act(context);
      noteReason(request, 'not-found');
      return seeOther(reply, securityPath(context.server.tenant.id));
    });
  }
}
