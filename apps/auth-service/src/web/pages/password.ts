import { securityPath } from '../../domain/urls.ts';
import { type Html, html } from '@patient-access/pages';
import { memberBar, type MemberPage } from './member-page.ts';
import { alert, button, form, invalidField, renderPlanPage } from './layout.ts';

interface PasswordView extends MemberPage {
  minCharacters: number;
}

interface Field {
  name: 'current' | 'next' | 'again';
  autocomplete: 'current-password' | 'new-password';
  /** id of the text that says what is expected */
  hint?: string;
}

/** No `minlength`: the server says why a password is refused, in the language of the page. */
function passwordField(view: PasswordView, { name, autocomplete, hint }: Field): Html {
  const described = view.problem === undefined && hint !== undefined && html`aria-describedby="${hint}"`;
  return html`<div class="field">
    <label for="${name}">${view.texts.password[name]}</label>
    <input
      id="${name}"
      name="${name}"
      type="password"
      autocomplete="${autocomplete}"
      ${invalidField(view)}
      ${described}
      required
    />
  </div>`;
}

/** Where a member changes the password that she knows. */
export function passwordPage(view: PasswordView): string {
  const { tenant, login, texts, problem, minCharacters } = view;
  const { password, security } = texts;
  const fields = html`<input type="hidden" name="username" autocomplete="username" value="${login}" />
    ${passwordField(view, { name: 'current', autocomplete: 'current-password' })}
    <p class="hint" id="rules">${password.hint(minCharacters)}</p>
    ${passwordField(view, { name: 'next', autocomplete: 'new-password', hint: 'rules' })}
    ${passwordField(view, { name: 'again', autocomplete: 'new-password' })}
    <p class="note">${security.otherSessionsEnd}</p>
    <div class="actions">${button('change-password', password.change, 'primary')}</div>`;
  const body = html`${memberBar(view, 'security')}
    <h1>${password.change}</h1>
    ${alert(problem)} ${form(view, fields)}
    <p class="note"><a href="${securityPath(tenant)}">${security.back}</a></p>`;
  return renderPlanPage(view, { title: password.change, body });
}
