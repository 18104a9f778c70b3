/** Reads answers to the questions of a plan, from a form and from what is stored. */
import { z } from 'zod';
import { plainText } from '../apps/app-name.ts';
import { type Answers, choicesOf, QUESTION_IDS, type QuestionId, MAKER_QUESTIONS } from './questions.ts';

const MAX_TEXT_CHARACTERS = 300;
const MAX_ADDRESS_CHARACTERS = 254;

/** One line, without characters that are not seen: it stands on the page on which members agree. */
const Text = z
  .string()
  .transform((text) => plainText(text))
  .pipe(
    z
      .string()
      .min(1, 'needs an answer')
      .max(MAX_TEXT_CHARACTERS, `must have at most ${MAX_TEXT_CHARACTERS} characters`),
  );

const schemaOf = (id: QuestionId): z.ZodType<string> => {
  const { as } = MAKER_QUESTIONS[id];
  if (as === 'choice') return z.enum(choicesOf(id), 'needs one of the answers');
  return as === 'email' ? z.email('must be an e-mail address').max(MAX_ADDRESS_CHARACTERS) : Text;
};

const SCHEMAS = Object.fromEntries(QUESTION_IDS.map((id) => [id, schemaOf(id)])) as Record<
  QuestionId,
  z.ZodType<string>
>;

export const AnswersForm = z.strictObject(SCHEMAS);

/** @returns the answers of a stored app that can be shown; undefined when there are none */
export function knownAnswers(stored: unknown): Answers | undefined {
  const { success, data } = AnswersForm.safeParse(stored);
  return success ? data : undefined;
}
