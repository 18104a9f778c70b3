/**
 * What a plan asks an app's maker before it lets the app ask members, after the CARIN Alliance's code of conduct: one row for
 * each question. Members read the answers as the maker's own words; the words of the questions are in
 * `pages/texts/statements.en.ts`.
 */
interface Question {
  /** how it is answered: in own words, by an address, or by one of `choices` */
  as: 'text' | 'email' | 'choice';
  choices?: readonly string[];
}

export const MAKER_QUESTIONS = {
  purpose: { as: 'text' },
  sharing: { as: 'choice', choices: ['nobody', 'if-agreed', 'partners'] },
  selling: { as: 'choice', choices: ['never', 'without-names', 'sold'] },
  kept: { as: 'text' },
  deletion: { as: 'choice', choices: ['in-the-app', 'on-request', 'not'] },
  security: { as: 'email' },
} as const satisfies Record<string, Question>;

export type QuestionId = keyof typeof MAKER_QUESTIONS;

/** Questions that are answered by one of several choices. */
export type ChoiceId = {
  [Id in QuestionId]: (typeof MAKER_QUESTIONS)[Id] extends { choices: unknown } ? Id : never;
}[QuestionId];

export type ChoiceOf<Id extends ChoiceId> = (typeof MAKER_QUESTIONS)[Id]['choices'][number];

export type Answers = Readonly<Record<QuestionId, string>>;

export const QUESTION_IDS = Object.keys(MAKER_QUESTIONS) as QuestionId[];

/** @returns the choices of a question; none for one that is answered otherwise */
export const choicesOf = (id: QuestionId): readonly string[] => {
  const question: Question = MAKER_QUESTIONS[id];
  return question.choices ?? [];
};
