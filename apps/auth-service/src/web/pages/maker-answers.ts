/** What the maker of an app answered to the plan, as members read it. */
import {
  type Answers,
  choicesOf,
  QUESTION_IDS,
  type QuestionId,
} from '../../domain/applications/questions.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';
import { type Html, html } from '@patient-access/pages';

/** A choice is in the language of the page. Everything else is in the maker's own words, in quotation marks. */
export function answerText({ consent }: Texts, id: QuestionId, answer: string): string {
  const choices = consent.statements.choices as Partial<Record<QuestionId, Record<string, string>>>;
  if (choicesOf(id).length > 0) return choices[id]?.[answer] ?? answer;
  return id === 'security' ? answer : `“${answer}”`;
}

/** The answers alone, as rows. */
export function makerAnswers(texts: Texts, answers: Answers): Html {
  const { questions } = texts.consent.statements;
  return html`<dl class="facts answers">
    ${QUESTION_IDS.map(
      (id) =>
        html`<div>
          <dt>${questions[id]}</dt>
          <dd>${answerText(texts, id, answers[id])}</dd>
        </div>`,
    )}
  </dl>`;
}
