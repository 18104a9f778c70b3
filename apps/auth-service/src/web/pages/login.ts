import { type Html, html } from '@patient-access/pages';
import { alert, button, type FormView, form, helpLink, memberHelpLink, renderPlanPage } from './layout.ts';
import { inputField } from './input-field.ts';
import { passwordField } from './password-field.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';

type LoginTexts = Texts['login'];

export interface LoginView extends FormView {
  /** the purpose for which the member logs in */
  why: string;
  /** is it an app that asks, and not a page of the plan? */
  isForApp: boolean;
  /** the login that the app expects, or that was typed before a change of the language; shown whether it exists or not */
  hint: string;
  /** do members log in with a password here? */
  password: boolean;
  /** a password is good here in an emergency alone */
  emergency: boolean;
  /** the plan's own identity provider, or the providers among which a member chooses; none at a plan that has none */
  atPlan: readonly { name: string; path: string }[];
  /** of a login at the plan's identity provider that was refused, for whoever calls the plan */
  requestNumber?: string;
  /** of the page for a forgotten password, where the plan has one */
  recovery?: string;
  /** may members make an account here alone? */
  joining: boolean;
  /** the plan's page for members who cannot log in */
  help?: string;
}

function passwordFields(view: LoginView, hint: string): Html {
  const texts = view.texts.login;
  const login = { name: 'login', label: texts.login, value: hint, autocomplete: 'username', maxlength: 128 };
  return html`${inputField(view, login)}
  ${passwordField(view, { name: 'password', label: texts.password, of: 'present' })}`;
}

function planButtons(texts: LoginTexts, atPlan: LoginView['atPlan'], alone: boolean): Html {
  const look = alone ? 'primary' : 'secondary';
  const buttons = atPlan.map(
    ({ name, path }) => html`<a class="button ${look}" href="${path}">${texts.atPlan(name)}</a>`,
  );
  return html`<div class="actions">${buttons}</div>
    <p class="note">${texts.atPlanWhy}</p>`;
}

/** A form of its own, because its fields are none of the login's. */
function joinForm(view: LoginView): Html {
  const { joining } = view.texts;
  const fields = html`<p class="note">${joining.noAccount}</p>
    <div class="actions">${button('join', joining.begin, 'secondary')}</div>`;
  return form({ ...view, switchPosts: undefined }, fields);
}

/** Closed, so that nobody types a password here by habit. */
const emergencyForm = (view: LoginView): Html =>
  html`<details>
    <summary>${view.texts.login.emergency}</summary>
    <p class="note">${view.texts.login.emergencyWhy}</p>
    ${form(view, html`${passwordFields(view, '')} ${button('login', view.texts.login.submit, 'secondary')}`)}
  </details>`;

/**
 * The page has the same bytes whether or not the login exists (security case O23). It repeats what was typed only in
 * another language, and shows that, or the login that the app expects, without looking it up.
 */
export function loginPage(login: LoginView): string {
  const { password, atPlan } = login;
  const isAtPlan = atPlan.length > 0;
  const view = password ? { ...login, switchPosts: { form: 'login-form', enterSubmits: 'login' } } : login;
  const texts = view.texts.login;
  const hint = view.hint.replace(/\p{C}/gu, '').slice(0, 128);
  const actions = html`<div class="actions">
    ${password && button('login', texts.submit, 'primary')}${button('cancel', texts.cancel, 'secondary')}
  </div>`;
  const body = html`<h1>${texts.title}</h1>
    <p class="lead">${view.why}</p>
    ${alert(view.problem)}
    ${view.requestNumber !== undefined && html`<p class="note">${texts.requestNumber(view.requestNumber)}</p>`}
    ${isAtPlan && planButtons(texts, atPlan, !password)}
    ${isAtPlan && password && html`<p class="or">${texts.or}</p>`}
    ${form(view, html`${password && passwordFields(view, hint)} ${actions}`)}
    ${
      view.recovery !== undefined &&
      html`<p class="note"><a href="${view.recovery}">${view.texts.recovery.link}</a></p>`
    }
    ${view.joining && joinForm(view)} ${view.emergency && emergencyForm(view)}
    ${view.isForApp && html`<p class="note">${texts.safe}</p>`} ${helpLink(view.texts, view.help)}
    ${memberHelpLink(view)}`;
  return renderPlanPage(view, { title: texts.title, body });
}
