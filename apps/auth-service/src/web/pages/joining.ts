/** The pages on which a member makes an account. */
import { type Html, html } from '@patient-access/pages';
import { codeField } from './code.ts';
import { alert, button, type FormView, form, helpLink, renderPlanPage } from './layout.ts';
import { inputField } from './input-field.ts';
import { passwordField } from './password-field.ts';

interface JoinPage extends FormView {
  /** the plan's page for members who cannot log in */
  help?: string;
}

/** What was typed, when the page is shown again. */
interface Typed {
  typed: URLSearchParams;
}

const valueOf = (typed: URLSearchParams, name: string): string =>
  (typed.get(name) ?? '').replace(/\p{C}/gu, '').slice(0, 100);

function birthDateFields(view: JoinPage & Typed): Html {
  const { joining } = view.texts;
  const field = (name: 'month' | 'day' | 'year', maxlength: number) => {
    const shown = { name, label: joining[name], value: valueOf(view.typed, name) };
    return inputField(view, { ...shown, autocomplete: `bday-${name}`, maxlength, inputmode: 'numeric' });
  };
  return html`<fieldset class="date">
    <legend>${joining.birthDate}</legend>
    ${field('month', 2)} ${field('day', 2)} ${field('year', 4)}
  </fieldset>`;
}

/** The ways by which the plan sends codes; the first one is the usual. */
interface Ways {
  byMail: boolean;
  byText: boolean;
}

/** The first one is the usual, which the Enter key presses. */
const waysOf = ({ byMail, byText }: Ways): [string, ...string[]] => {
  const [first = 'letter', ...more] = [...(byMail ? ['mail'] : []), ...(byText ? ['text'] : []), 'letter'];
  return [first, ...more];
};

function whence({ texts: { joining }, byMail, byText }: JoinPage & Ways): string {
  const sent = byMail ? (byText ? 'either' : 'mail') : 'text';
  return joining.whence[byMail || byText ? sent : 'letter'];
}

/** The first button of the ways is the primary one. */
function wayButtons({ texts: { joining }, ...ways }: JoinPage & Ways): Html[] {
  const labels: Record<string, string> = {
    mail: joining.byMail,
    text: joining.byText,
    letter: joining.byLetter,
  };
  return waysOf(ways).map(
    (way, n) =>
      html`<button class="${n === 0 ? 'primary' : 'secondary'}" name="action" value="${way}">
        ${labels[way]}
      </button>`,
  );
}

export function joinFormPage(page: JoinPage & Typed & Ways): string {
  const { joining } = page.texts;
  const view = { ...page, switchPosts: { form: 'join-form', enterSubmits: waysOf(page)[0] } };
  const field = (
    name: 'number' | 'given' | 'family',
    autocomplete: string,
    more: { hint?: string; isOptional?: true } = {},
  ) =>
    inputField(view, {
      ...more,
      name,
      label: joining[name],
      value: valueOf(view.typed, name),
      autocomplete,
      maxlength: 80,
    });
  const fields = html`${field('number', 'off', { hint: joining.numberWhere })}
    ${field('given', 'given-name', { hint: joining.oneName, isOptional: true })}
    ${field('family', 'family-name')} ${birthDateFields(view)}
    <div class="actions">${wayButtons(view)} ${button('leave', joining.back, 'secondary')}</div>`;
  const body = html`<h1>${joining.title}</h1>
    <p class="lead">${joining.why} ${whence(page)}</p>
    ${alert(view.problem)} ${form(view, fields)} ${helpLink(view.texts, view.help)}`;
  return renderPlanPage(view, { title: joining.title, body });
}

/**
 * The same bytes for everybody, but for the number of the request that asked for the code.
 *
 * @param view.way where the code comes from
 */
export function joinCodePage(
  view: JoinPage & { way: 'mail' | 'text' | 'letter'; requestNumber: string },
): string {
  const { joining, login } = view.texts;
  const fields = html`${codeField(view, view.way !== 'letter')}
    <div class="actions">${button('join-code', joining.submit, 'primary')}</div>`;
  const lead = { mail: joining.sent(view.plan), text: joining.texted(view.plan), letter: joining.letter };
  const again = html`<div class="actions">${button('again', joining.again, 'secondary')}</div>`;
  const body = html`<h1>${joining.codeTitle}</h1>
    <p class="lead">${lead[view.way]}</p>
    ${alert(view.problem)} ${form(view, fields)}
    ${view.way !== 'letter' && html`<p class="note">${joining.nothing}</p>`}
    <p class="note">${login.requestNumber(view.requestNumber)}</p>
    ${form(view, again)} ${helpLink(view.texts, view.help)}`;
  return renderPlanPage(view, { title: joining.codeTitle, body });
}

/** @param view.hint what a good password is */
export function joinLoginPage(page: JoinPage & Typed & { hint: string }): string {
  const { joining } = page.texts;
  const view = { ...page, switchPosts: { form: 'join-login', enterSubmits: 'make' } };
  const login = inputField(view, {
    name: 'login',
    label: joining.login,
    value: valueOf(view.typed, 'login'),
    autocomplete: 'username',
    maxlength: 128,
    hint: joining.loginHint,
  });
  const fields = html`${login}
    <p class="hint" id="rules">${view.hint}</p>
    ${passwordField(view, { name: 'password', label: joining.password, of: 'new', hint: 'rules' })}
    ${passwordField(view, { name: 'repeat', label: joining.repeat, of: 'new' })}
    <div class="actions">${button('make', joining.save, 'primary')}</div>`;
  const body = html`<h1>${joining.loginTitle}</h1>
    <p class="lead">${joining.loginWhy}</p>
    ${alert(view.problem)} ${form(view, fields)}`;
  return renderPlanPage(view, { title: joining.loginTitle, body });
}
