/** Shows the page on which somebody makes an account in another language, with what was typed on it. */
import type { FastifyReply } from 'fastify';
import { errors } from 'oidc-provider';
import type { InteractionContext } from '../interaction-context.ts';
import { keptFields } from '../interaction-result.ts';
import { showInLanguage } from '../switch-language.ts';
import { keepJoinState } from './keep-join-state.ts';

/** What is kept, sealed, until the page is answered: who she says she is, and the user name. A password is typed again. */
const KEPT = new Set(['number', 'given', 'family', 'month', 'day', 'year', 'login']);

export async function switchJoinLanguage(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply> {
  const { joining } = context;
  if (!joining) throw new errors.SessionNotFound('nobody makes an account');
  const typed = keptFields(fields, KEPT);
  await keepJoinState(context, { ...joining, typed });
  return showInLanguage(context, fields);
}
