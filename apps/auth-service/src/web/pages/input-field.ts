import { type Html, html } from '@patient-access/pages';
import { type FormView, fieldState } from './layout.ts';

interface InputField {
  name: string;
  /** the name where a page has one field of that name */
  id?: string;
  label: string;
  value?: string;
  type?: 'text' | 'email';
  /** the keyboard of a phone */
  inputmode?: 'numeric' | 'text';
  autocomplete: string;
  maxlength: number;
  /** what is expected */
  hint?: string;
  isOptional?: true;
}

/** A line of text that a member types, with its label. */
export function inputField(
  view: Pick<FormView, 'problem'>,
  {
    name,
    id = name,
    label,
    value,
    type = 'text',
    inputmode,
    autocomplete,
    maxlength,
    hint,
    isOptional,
  }: InputField,
): Html {
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <input
      ${autocomplete === 'one-time-code' && html`class="code"`}
      id="${id}"
      name="${name}"
      type="${type}"
      ${inputmode && html`inputmode="${inputmode}"`}
      autocomplete="${autocomplete}"
      ${type === 'text' && html`autocapitalize="none" spellcheck="false"`}
      maxlength="${maxlength}"
      ${value !== undefined && html`value="${value}"`}
      ${fieldState(view, hint === undefined ? undefined : `${id}-hint`)}
      ${!isOptional && html`required`}
    />
    ${hint !== undefined && html`<p class="note" id="${id}-hint">${hint}</p>`}
  </div>`;
}
