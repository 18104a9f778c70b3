import { type Html, html } from '@patient-access/pages';
import { alert, button, type FormView, form, helpLink, renderPlanPage } from './layout.ts';
import { inputField } from './input-field.ts';

/**
 * @param numeric false if a recovery code is accepted as well
 * @param id of the field, where a page has several
 */
export function codeField(view: Pick<FormView, 'texts' | 'problem'>, numeric: boolean, id = 'code'): Html {
  const { code } = view.texts;
  return inputField(view, {
    id,
    name: 'code',
    label: code.code,
    inputmode: numeric ? 'numeric' : 'text',
    autocomplete: 'one-time-code',
    maxlength: 20,
  });
}

/** @param view.isMember has she a plan that can take the second step away? An auditor asks her colleagues */
export function codePage(view: FormView & { help?: string; isMember: boolean }): string {
  const { code, login, secondStep } = view.texts;
  const fields = html`${codeField(view, false)}
    <div class="actions">
      ${button('code', code.submit, 'primary')}${button('cancel', login.cancel, 'secondary')}
    </div>`;
  const body = html`<h1>${code.title}</h1>
    <p class="lead">${code.why}</p>
    ${alert(view.problem)} ${form(view, fields)}
    <p class="note">${code.lost}</p>
    ${view.isMember && html`<p class="note">${secondStep.lost}</p>`} ${helpLink(view.texts, view.help)}`;
  return renderPlanPage(view, { title: code.title, body });
}
