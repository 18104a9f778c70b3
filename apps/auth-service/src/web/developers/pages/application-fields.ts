/** The fields of an application, beside those of every app: the scopes, and the questions of the plan. */
import { type Html, html } from '@patient-access/pages';
import { choicesOf, QUESTION_IDS, type QuestionId } from '../../../domain/applications/questions.ts';
import { TEXTS } from '../../../domain/pages/language.ts';
import { answerText } from '../../pages/maker-answers.ts';
import { type AppValues, appFields, keyFields, methodChoice, methodWords } from './app-fields.ts';
import { textField } from './fields.ts';
import { logoField } from './logo-field.ts';

/** The name of the field that holds an answer. */
export const answerField = (id: QuestionId): string => `answer_${id}`;

const HINTS: Partial<Record<QuestionId, string>> = {
  purpose: 'One or two plain sentences, at most 300 characters.',
  kept: 'Which country, and with whom.',
  security: 'An e-mail address that somebody reads.',
};

function choice(id: QuestionId, values: AppValues): Html {
  const choices = choicesOf(id).map(
    (value) =>
      html`<div class="choice">
        <input
          type="radio"
          name="${answerField(id)}"
          id="${answerField(id)}-${value}"
          value="${value}"
          required
          ${values[answerField(id)] === value && html`checked`}
        />
        <label for="${answerField(id)}-${value}"><strong>${answerText(TEXTS.en, id, value)}</strong></label>
      </div>`,
  );
  return html`<fieldset>
    <legend>${TEXTS.en.consent.statements.questions[id]}</legend>
    <div class="stack">${choices}</div>
  </fieldset>`;
}

function question(id: QuestionId, values: AppValues): Html {
  if (choicesOf(id).length > 0) return choice(id, values);
  return textField({
    name: answerField(id),
    label: TEXTS.en.consent.statements.questions[id],
    hint: HINTS[id],
    value: values[answerField(id)],
    required: true,
  });
}

interface FormOf {
  /** how the app proves itself, if that cannot be chosen any more */
  method?: string;
  hasLogo: boolean;
}

export function applicationFields(values: AppValues, { method, hasLogo }: FormOf): Html {
  return html`${appFields(values)} ${logoField(hasLogo, values)}
    ${method === undefined ? methodChoice(values['method']) : html`<p>Runs: ${methodWords(method)}</p>`}
    ${method === 'none' ? undefined : html`<div class="part">${keyFields(values)}</div>`}
    ${textField({
      name: 'scope',
      label: 'Scopes',
      hint: 'All that the app will ask for. It can get no more than this once it is approved.',
      value: values['scope'] ?? 'openid fhirUser launch/patient offline_access patient/*.rs',
      required: true,
    })}
    <div class="part">
      <h2>What members will read</h2>
      <p class="hint">
        Your answers, below these words, as the maker’s own. The questions follow the CARIN Alliance’s code of
        conduct.
      </p>
      ${QUESTION_IDS.map((id) => question(id, values))}
    </div>`;
}
