/** The pages on which a developer gets an account, chooses a password, and logs in. */
import { type Html, html } from '@patient-access/pages';
import { developerPath } from '../../../domain/urls.ts';
import { usernameField } from '../../pages/password-field.ts';
import { KEPT_FIELD } from '../kept-form.ts';
import { pressButton, textField } from './fields.ts';
import { developerForm, type DeveloperFrame, developerPage } from './frame.ts';

interface Shown {
  /** what is wrong with the form that was just posted */
  problem?: string;
  email?: string;
  /** the form in whose place the login is shown, sealed */
  kept?: string;
}

const emailField = (email: string | undefined): Html =>
  textField({
    name: 'email',
    label: 'E-mail address',
    type: 'email',
    autocomplete: 'username',
    value: email,
    required: true,
  });

export function developerLoginPage(frame: DeveloperFrame, { problem, email, kept }: Shown): string {
  const fields = html`${kept !== undefined && html`<input type="hidden" name="${KEPT_FIELD}" value="${kept}" />`}
    ${emailField(email)}
    ${textField({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true })}
    <div class="actions">${pressButton('login', 'Log in', 'primary')}</div>`;
  const join = developerPath(frame.tenant, 'join');
  const lead =
    kept === undefined
      ? html`Register an app at ${frame.plan}, and look after it.`
      : html`You were logged out meanwhile, so the form was not sent. Log in, and it is here again as you
        filled it in.`;
  const body = html`<p class="lead">${lead}</p>
    ${developerForm(frame, fields)}
    <p class="note">
      <a href="${join}">Make an account</a>, or <a href="${join}">choose a new password</a>. Both need your
      e-mail address only.
    </p>`;
  return developerPage(frame, { title: 'Log in', body, problem });
}

export function joinPage(frame: DeveloperFrame, { problem, email }: Shown): string {
  const fields = html`${emailField(email)}
    <div class="actions">${pressButton('send', 'Send me a link', 'primary')}</div>`;
  const body = html`<p class="lead">
      We send a link to this address. With it you choose a password. If you have an account already, it gets
      the new password.
    </p>
    ${developerForm(frame, fields)}
    <p class="note">
      <a href="${developerPath(frame.tenant, 'login')}">Log in</a> with a password that you have.
    </p>`;
  return developerPage(frame, { title: 'Your account', body, problem });
}

/** The same whether there is an account or not. */
export function linkSentPage(frame: DeveloperFrame): string {
  const body = html`<p class="lead">
      Look into your mailbox: we have sent a link. It works once, for an hour.
    </p>
    <p>No mail? Look into the folder for spam, and check the address.</p>`;
  return developerPage(frame, { title: 'A link is on its way', body });
}

export function choosePasswordPage(
  frame: DeveloperFrame,
  { problem, email, minCharacters }: Shown & { minCharacters: number },
): string {
  const hint = `At least ${minCharacters} characters. A few words that nobody would guess are good.`;
  const fields = html`${usernameField(email ?? '')}
    ${textField({ name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password', hint, required: true })}
    ${textField({ name: 'repeat', label: 'Password again', type: 'password', autocomplete: 'new-password', required: true })}
    <div class="actions">${pressButton('save', 'Save and log in', 'primary')}</div>`;
  const body = html`<p class="lead">For ${email ?? ''}.</p>
    ${developerForm(frame, fields)}`;
  return developerPage(frame, { title: 'Choose a password', body, problem });
}

export function deadLinkPage(frame: DeveloperFrame): string {
  const body = html`<p class="lead">This link was used already, or it is too old.</p>
    <p>
      If you pressed the button twice, your password may be saved already: try to
      <a href="${developerPath(frame.tenant, 'login')}">log in</a>.
    </p>
    <div class="actions">
      <a class="button primary" href="${developerPath(frame.tenant, 'join')}">Get another link</a>
    </div>`;
  return developerPage(frame, { title: 'This link is no good', body });
}
