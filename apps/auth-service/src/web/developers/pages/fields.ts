/** Fields of the forms for developers, each with its label and, where one needs it, an explanation. */
import { type Html, html } from '@patient-access/pages';

interface Field {
  name: string;
  label: string;
  value?: string;
  hint?: string;
  type?: 'text' | 'email' | 'password' | 'url';
  autocomplete?: string;
  required?: true;
}

const hintOf = ({ name, hint }: Field): Html | undefined =>
  hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`;

const described = ({ name, hint }: Field): Html | undefined =>
  hint === undefined ? undefined : html`aria-describedby="${name}-hint"`;

export function textField(field: Field): Html {
  const { name, label, value = '', type = 'text', autocomplete = 'off', required } = field;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hintOf(field)}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      value="${value}"
      ${described(field)}
      ${required && html`required`}
    />
  </div>`;
}

export function linesField(field: Field, rows = 3): Html {
  const { name, label, value = '', required } = field;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hintOf(field)}
    <textarea
      id="${name}"
      name="${name}"
      rows="${rows}"
      spellcheck="false"
      autocapitalize="none"
      ${described(field)}
      ${required && html`required`}
    >
${value}</textarea>
  </div>`;
}

export const problemBox = (text: string | undefined): Html | undefined =>
  text === undefined ? undefined : html`<p class="alert" role="alert">${text}</p>`;

export const pressButton = (action: string, label: string, look: 'primary' | 'secondary'): Html =>
  html`<button class="${look}" name="action" value="${action}">${label}</button>`;
