import type { FastifyReply } from 'fastify';
import { inLanguage, languageNamed } from '../../domain/pages/language.ts';
import { LANGUAGE_SWITCH } from '../pages/layout.ts';
import type { InteractionContext } from './interaction-context.ts';
import { pagePath, rememberChosen } from './interaction-result.ts';

/** Shows the page in another language, with what is chosen on it. */
export async function switchLanguage(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply> {
  await rememberChosen(context, fields);
  return showInLanguage(context, fields);
}

/** To the same page in the language that was chosen. */
export function showInLanguage(context: InteractionContext, fields: URLSearchParams): FastifyReply {
  const language = languageNamed(fields.get(LANGUAGE_SWITCH)) ?? context.texts.language;
  return context.reply.redirect(`${pagePath(context)}${inLanguage(context.search, language)}`, 303);
}
