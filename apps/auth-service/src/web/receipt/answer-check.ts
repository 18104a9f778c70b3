/** Answers somebody who checks a receipt that she was shown. Nobody is logged in. */
import type { FastifyReply } from 'fastify';
import { receiptRules } from '../../domain/throttle/rules.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { PageContext } from '../pages/page-context.ts';
import { askToWait } from '../pages/ask-to-wait.ts';
import type { PageFrame } from '../pages/layout.ts';
import { postedForm } from '../pages/posted-form.ts';
import { type ReceiptCheckView, receiptCheckPage } from '../pages/receipt-check.ts';
import { eventContextOf } from '../session/event-context.ts';
import { sendPage, type TenantRequest } from '../session/session-context.ts';
import { type CheckedReceipt, checkReceipt, type NoReceipt } from './check-receipt.ts';
import { receiptEvent, refusedCheckEvent } from './receipt-event.ts';
import { dateForReader, receiptFacts, agreementState } from './receipt-facts.ts';

export interface CheckContext extends PageContext {
  request: TenantRequest;
  frame: PageFrame;
}

type Genuine = Extract<CheckedReceipt, { receipt: unknown }>;

/** That a consent has ended is told with its day. Why it ended is the member's own business. */
function genuineView({ server, frame }: CheckContext, { receipt, agreement }: Genuine) {
  const { texts } = frame;
  const reader = { texts, timeZone: server.tenant.settings.timeZone };
  const words = agreement ? agreementState(reader, agreement) : texts.receiptCheck.noRecord;
  return {
    facts: receiptFacts(reader, receipt),
    issued: dateForReader(reader, new Date(receipt.iat * 1000)),
    state: { at: texts.receiptCheck.now, words },
  };
}

function showProblem({ reply, frame }: CheckContext, problem: string, status = 400): FastifyReply {
  const view: ReceiptCheckView = { ...frame, problem };
  return sendPage(reply, receiptCheckPage(view), status);
}

async function refuse(context: CheckContext, result: NoReceipt | 'unconfirmed'): Promise<FastifyReply> {
  const { services, frame } = context;
  await services.outbox.record(refusedCheckEvent(eventContextOf(context), `receipt-${result}`));
  return showProblem(context, frame.texts.receiptCheck.problems[result](frame.plan));
}

/** Each check leaves an event before its answer, so one address may make only so many. */
export async function answerCheck(context: CheckContext): Promise<FastifyReply> {
  const { services, server, request, reply, frame } = context;
  const rules = receiptRules(services.throttleKey, clientAddress(request));
  const attempt = await server.stores.throttle.take(rules);
  if ('waitSeconds' in attempt) {
    if (attempt.first)
      await services.outbox.record(refusedCheckEvent(eventContextOf(context), 'too-many-attempts'));
    return showProblem(context, askToWait(reply, attempt, frame.texts), 429);
  }
  const checked = await checkReceipt(services.pool, server.tenant, postedForm(request).get('receipt') ?? '');
  if (!('receipt' in checked)) return refuse(context, checked.result);
  if (checked.result === 'unconfirmed') return refuse(context, checked.result);
  await services.outbox.record(
    receiptEvent(eventContextOf(context), { action: 'check', agreement: checked.agreement }),
  );
  return sendPage(reply, receiptCheckPage({ ...frame, genuine: genuineView(context, checked) }));
}
