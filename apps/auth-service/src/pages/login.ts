import { html } from './html.ts';
import { alert, button, type Form, form, renderPage } from './layout.ts';

/** The same bytes whether the login exists or not (security case O23): what was typed is not shown again. */
export function loginPage(view: Form & { why: string }): string {
  const { login } = view.texts;
  const fields = html` <div class="field">
      <label for="login">${login.login}</label>
      <input
        id="login"
        name="login"
        type="text"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
        maxlength="128"
        required
      />
    </div>
    <div class="field">
      <label for="password">${login.password}</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        maxlength="256"
        required
      />
    </div>
    <div class="actions">
      ${button('login', login.submit, 'primary')}${button('cancel', login.cancel, 'secondary')}
    </div>`;
  const body = html`<h1>${login.title}</h1>
    <p class="lead">${view.why}</p>
    ${alert(view.problem)} ${form(view, fields)}
    <p class="note">${login.safe}</p>`;
  return renderPage(view, { title: login.title, body });
}
