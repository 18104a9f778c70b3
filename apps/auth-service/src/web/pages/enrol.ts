import type { EnrolmentView } from '../../domain/second-factor/enrolment.ts';
import { codeField } from './code.ts';
import { Html, html } from '@patient-access/pages';
import { alert, button, type FormView, form, renderPlanPage } from './layout.ts';

/** The key in groups of four, easier to copy. */
const grouped = (secret: string): string => secret.replace(/(.{4})(?=.)/g, '$1 ');

/** The three steps in a form: scan, save, confirm. The page adds the buttons. */
export function enrolFields(
  view: Pick<FormView, 'texts' | 'problem'>,
  { sealed, secret, uri, qr, codes }: EnrolmentView,
): Html {
  const { enrol } = view.texts;
  return html`<input type="hidden" name="enrolment" value="${sealed}" />
    <section class="step" aria-labelledby="scan">
      <h2 id="scan">${enrol.scan}</h2>
      <div class="qr" role="img" aria-label="${enrol.qr}">${new Html(qr)}</div>
      <p><a href="${uri}">${enrol.open}</a></p>
      <p>${enrol.manual} <code>${grouped(secret)}</code></p>
    </section>
    <section class="step" aria-labelledby="save">
      <h2 id="save">${enrol.save}</h2>
      <p>${enrol.saveWhy}</p>
      <ul class="codes">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
    </section>
    <section class="step" aria-labelledby="confirm">
      <h2 id="confirm">${enrol.confirm}</h2>
      ${codeField(view, true)}
    </section>`;
}

/** Shown when the plan requires a second factor and the login has none yet. */
export function enrolPage(view: FormView & EnrolmentView): string {
  const { enrol, login } = view.texts;
  const fields = html`${enrolFields(view, view)}
    <div class="actions">
      ${button('enrol', enrol.submit, 'primary')}${button('cancel', login.cancel, 'secondary')}
    </div>`;
  const body = html`<h1>${enrol.title}</h1>
    <p class="lead">${enrol.demanded}</p>
    ${alert(view.problem)} ${form(view, fields)}`;
  return renderPlanPage(view, { title: enrol.title, body });
}
