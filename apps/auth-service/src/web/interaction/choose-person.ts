/** The page on which a login that may see several members chooses whose data the app gets. */
import type { FastifyReply } from 'fastify';
import type { InteractionContext } from './interaction-context.ts';
import { pagePath, rememberPerson } from './interaction-result.ts';
import { showPage } from './show-page.ts';

export async function choosePerson(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply | void> {
  const wanted = fields.get('member');
  const member = context.account?.members.find(({ patient }) => patient === wanted);
  if (!member) return showPage(context, { status: 400, problem: context.texts.choose.missing });
  await rememberPerson(context, member.patient);
  return context.reply.redirect(pagePath(context), 303);
}

export async function choosePersonAgain(context: InteractionContext): Promise<FastifyReply | void> {
  await rememberPerson(context, undefined);
  return context.reply.redirect(pagePath(context), 303);
}
