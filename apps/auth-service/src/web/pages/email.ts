/** The pages about the e-mail address of a login. */
import { type Html, html } from '@patient-access/pages';
import { codeField } from './code.ts';
import { alert, button, done, form, type FormView } from './layout.ts';
import { type MemberPage, renderMemberPage } from './member-page.ts';
import { inputField } from './input-field.ts';
import { passwordField, usernameField } from './password-field.ts';

export interface EmailView extends MemberPage {
  /** the confirmed one */
  address?: string;
  /** whether a code of the second factor is asked for */
  asksForCode: boolean;
  /** what the form that was just posted has done */
  done?: string;
  /** the new address, when the form is shown again */
  typed?: string;
}

const render = (view: MemberPage, body: Html): string =>
  renderMemberPage(view, { current: 'email', title: view.texts.email.title, body, wide: true });

function fields(view: EmailView): Html {
  const { email, login, recovery } = view.texts;
  const address = {
    name: 'email',
    label: email.address,
    value: view.typed ?? '',
    type: 'email',
    autocomplete: 'email',
    maxlength: 254,
  } as const;
  return html`<h2>${view.address === undefined ? email.add : email.change}</h2>
    ${usernameField(view.login)} ${inputField(view, address)}
    ${passwordField(view, { name: 'password', label: login.password, of: 'present' })}
    ${
      view.asksForCode &&
      html`<p>${recovery.code}</p>
        ${codeField(view, false)}`
    }
    <div class="actions">
      ${button('change', email.submit, 'primary')}
      ${view.address !== undefined && button('remove', email.remove, 'secondary')}
    </div>`;
}

export function emailPage(view: EmailView): string {
  const { address, problem, texts } = view;
  const { email } = texts;
  const body = html`<p class="lead">${email.why}</p>
    <p>${address === undefined ? email.none : html`${email.now} <strong>${address}</strong>`}</p>
    ${done(view.done)} ${alert(problem)} ${form(view, fields(view))}`;
  return render(view, body);
}

export function confirmEmailPage(view: MemberPage & Pick<EmailView, 'address'>): string {
  const { email } = view.texts;
  const content = html`<div class="actions">${button('confirm', email.confirm, 'primary')}</div>`;
  const body = html`<p class="lead">${email.confirmWhy}</p>
    <p><strong>${view.address}</strong></p>
    ${form(view satisfies FormView, content)}`;
  return render(view, body);
}

/** For members who can set nothing here, and for links that do not work any more. */
export const emailNotePage = (view: MemberPage, text: string): string =>
  render(view, html`<p class="lead">${text}</p>`);
