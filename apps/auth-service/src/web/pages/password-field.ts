import { type Html, html } from '@patient-access/pages';
import { type FormView, fieldState } from './layout.ts';

interface PasswordField {
  name: string;
  label: string;
  /** the present password is not longer than the server takes; a new one is judged by the server */
  of: 'present' | 'new';
  /** id of the text that says what is expected */
  hint?: string;
}

/** Tells a password manager whose password it is. A field of the type `hidden` is none for it. */
export const usernameField = (login: string): Html =>
  html`<input type="text" name="username" autocomplete="username" value="${login}" hidden readonly />`;

/** No `minlength`: the server says why a password is refused, in the language of the page. */
export function passwordField(
  view: Pick<FormView, 'problem'>,
  { name, label, of, hint }: PasswordField,
): Html {
  const isPresent = of === 'present';
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="password"
      autocomplete="${isPresent ? 'current-password' : 'new-password'}"
      ${isPresent && html`maxlength="256"`}
      ${fieldState(view, hint)}
      required
    />
  </div>`;
}
