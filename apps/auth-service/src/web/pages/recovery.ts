/** The pages on which a member who has forgotten her password gets a new one. */
import { type Html, html } from '@patient-access/pages';
import { memberPath, recoveryPath } from '../../domain/urls.ts';
import { codeField } from './code.ts';
import {
  alert,
  button,
  form,
  type FormView,
  type PageContent,
  type PageFrame,
  renderPlanPage,
} from './layout.ts';
import { inputField } from './input-field.ts';
import { passwordField, usernameField } from './password-field.ts';

/** Of a tenant, because its links lead to other pages of it. */
interface RecoveryPage extends PageFrame {
  tenant: string;
}

/** Nobody is logged in, so the forms are bound to nothing: whoever has a link may use it. */
const UNBOUND = { token: '' };

const page = (
  frame: PageFrame,
  title: string,
  body: Html,
  more: Pick<PageContent, 'hasNoAddress'> = {},
): string => {
  const content: PageContent = {
    ...more,
    title,
    body: html`<h1>${title}</h1>
      ${body}`,
  };
  return renderPlanPage(frame, content);
};

/** @param view.problem too many requests @param view.typed the login that was asked for then */
export function askForResetPage(view: RecoveryPage & Pick<FormView, 'problem'> & { typed: string }): string {
  const { recovery } = view.texts;
  const login = inputField(view, {
    name: 'login',
    label: recovery.login,
    value: view.typed,
    autocomplete: 'username',
    maxlength: 254,
    hint: recovery.shared,
  });
  const fields = html`${login}
    <div class="actions">${button('send', recovery.submit, 'primary')}</div>`;
  const body = html`<p class="lead">${recovery.why}</p>
    ${alert(view.problem)} ${form({ ...view, ...UNBOUND }, fields)}`;
  return page(view, recovery.title, body);
}

/** The same bytes whether there is such a login or not. */
export function resetSentPage(view: RecoveryPage): string {
  const { recovery, member } = view.texts;
  return page(
    view,
    recovery.sentTitle,
    html`<p class="lead">${recovery.sent}</p>
      <p>${recovery.none}</p>
      <p class="note"><a href="${recoveryPath(view.tenant)}">${recovery.again}</a></p>
      <p class="note"><a href="${memberPath(view.tenant, 'apps')}">${member.logIn}</a></p>`,
    { hasNoAddress: true },
  );
}

export interface NewPasswordView extends RecoveryPage, Pick<FormView, 'problem'> {
  /** the user name */
  login: string;
  /** whether a code of the second factor is asked for, too */
  secondFactor: boolean;
  /** what a good password is */
  hint: string;
  /** whether she has chosen to disconnect her apps */
  disconnect: boolean;
}

export function newPasswordPage(view: NewPasswordView): string {
  const { recovery } = view.texts;
  const unbound = { ...view, ...UNBOUND };
  const { label, explanation } = recovery.disconnect;
  // Where a code is asked for, the link alone does not open the login, and so does not name it.
  const fields = html`${!view.secondFactor && usernameField(view.login)}
    <p class="hint" id="rules">${view.hint}</p>
    ${passwordField(unbound, { name: 'password', label: recovery.password, of: 'new', hint: 'rules' })}
    ${passwordField(unbound, { name: 'repeat', label: recovery.repeat, of: 'new' })}
    ${
      view.secondFactor &&
      html`<p>${recovery.code}</p>
        ${codeField(view, false)}
        <p class="note">${view.texts.secondStep.lost}</p>`
    }
    <div class="choice">
      <input
        type="checkbox"
        id="disconnect"
        name="disconnect"
        value="yes"
        ${view.disconnect && html` checked`}
      />
      <label for="disconnect"><strong>${label}</strong><span>${explanation}</span></label>
    </div>
    <div class="actions">${button('save', recovery.save, 'primary')}</div>`;
  const body = html`<p class="lead">${recovery.newWhy}</p>
    ${alert(view.problem)} ${form(unbound, fields)}`;
  return page(view, recovery.newTitle, body);
}

export function invalidLinkPage(view: RecoveryPage): string {
  const { recovery } = view.texts;
  const body = html`<p class="lead">${recovery.invalid}</p>
    <div class="actions"><a class="button" href="${recoveryPath(view.tenant)}">${recovery.again}</a></div>`;
  return page(view, recovery.invalidTitle, body);
}

/** Whoever was sent the link by her email address may not know the user name, which no mail names. */
export function passwordResetPage(view: RecoveryPage & Pick<NewPasswordView, 'login'>): string {
  const { recovery } = view.texts;
  const body = html`<p class="lead">${recovery.done}</p>
    <p>${recovery.userName} <strong>${view.login}</strong></p>
    <div class="actions">
      <a class="button" href="${memberPath(view.tenant, 'apps')}">${recovery.toPages}</a>
    </div>`;
  return page(view, recovery.doneTitle, body, { hasNoAddress: true });
}
