import { html } from '@patient-access/pages';
import { codeField } from './code.ts';
import { alert, button, type FormView, form, renderPlanPage } from './layout.ts';

/** The step after a password where too many were wrong: it does not say whether this one was right. */
export function proofPage(view: FormView): string {
  const { code, login, proof } = view.texts;
  const fields = html`${codeField(view, false)}
    <div class="actions">
      ${button('proof', code.submit, 'primary')}${button('cancel', login.cancel, 'secondary')}
    </div>`;
  const again = html`<div class="actions">${button('again', proof.again, 'secondary')}</div>`;
  const body = html`<h1>${proof.title}</h1>
    <p class="lead">${proof.why}</p>
    ${alert(view.problem)} ${form(view, fields)}
    <p class="note">${proof.none}</p>
    ${form(view, again)}`;
  return renderPlanPage(view, { title: proof.title, body });
}
