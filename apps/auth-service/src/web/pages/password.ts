import { securityPath } from '../../domain/urls.ts';
import { html } from '@patient-access/pages';
import { type MemberPage, renderMemberPage } from './member-page.ts';
import { alert, button, form } from './layout.ts';
import { passwordField, usernameField } from './password-field.ts';

interface PasswordView extends MemberPage {
  minCharacters: number;
}

/** Where a member changes the password that she knows. */
export function passwordPage(view: PasswordView): string {
  const { tenant, login, texts, problem, minCharacters } = view;
  const { password, security } = texts;
  const fields = html`${usernameField(login)}
    ${passwordField(view, { name: 'current', label: password.current, of: 'present' })}
    <p class="hint" id="rules">${password.hint(minCharacters)}</p>
    ${passwordField(view, { name: 'next', label: password.next, of: 'new', hint: 'rules' })}
    ${passwordField(view, { name: 'again', label: password.again, of: 'new' })}
    <p class="note">${security.otherSessionsEnd}</p>
    <div class="actions">${button('change-password', password.change, 'primary')}</div>`;
  const body = html`${alert(problem)} ${form(view, fields)}
    <p class="note"><a href="${securityPath(tenant)}">${security.back}</a></p>`;
  return renderMemberPage(view, { current: 'security', title: password.change, body });
}
