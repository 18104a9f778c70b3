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

const described = ({ name, hint }: Field): Html | undefined =>
  hint === undefined ? undefined : html`aria-describedby="${name}-hint"`;

/** Label and explanation, and below them the control that they are of. */
function labelled({ name, label, hint }: Field, control: Html): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`} ${control}
  </div>`;
}

export function textField(field: Field): Html {
  const { name, value = '', type = 'text', autocomplete = 'off', required } = field;
  return labelled(
    field,
    html`<input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      value="${value}"
      ${described(field)}
      ${required && html`required`}
    />`,
  );
}

export function linesField(field: Field, rows = 3): Html {
  const { name, value = '', required } = field;
  return labelled(
    field,
    html`<textarea
      id="${name}"
      name="${name}"
      rows="${rows}"
      spellcheck="false"
      autocapitalize="none"
      ${described(field)}
      ${required && html`required`}
    >
${value}</textarea>`,
  );
}

export const pressButton = (action: string, label: string, look: 'primary' | 'secondary'): Html =>
  html`<button class="${look}" name="action" value="${action}">${label}</button>`;
