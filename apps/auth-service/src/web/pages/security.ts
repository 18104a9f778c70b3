import type { EnrolmentView } from '../../domain/second-factor/enrolment.ts';
import type { SecondFactor } from '../../domain/second-factor/second-factors.ts';
import { codeField } from './code.ts';
import { enrolFields } from './enrol.ts';
import { type Html, html } from '@patient-access/pages';
import { memberNav } from './member-page.ts';
import { alert, button, type FormView, form, type PageFrame, renderPlanPage } from './layout.ts';

interface SecurityView extends FormView {
  tenant: string;
  login: string;
  mail: boolean;
  /** IANA name */
  timeZone: string;
  /** the effect of the form that was just posted */
  done?: string;
  /** the second factor, or the data with which one is set up */
  state: { on: SecondFactor } | { off: EnrolmentView };
}

function whenOn(view: SecurityView, { since, recoveryCodesLeft }: SecondFactor): Html {
  const { texts, timeZone } = view;
  const { security } = texts;
  const date = new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone }).format(since);
  const fields = html`<h2>${security.turnOffTitle}</h2>
    <p>${security.turnOffWhy}</p>
    ${codeField(view, false)}
    <div class="actions">${button('turn-off', security.turnOff, 'primary')}</div>`;
  return html`<p class="lead">${security.on(date)}<br />${security.left(recoveryCodesLeft)}</p>
    ${form(view, fields)}`;
}

function whenOff(view: SecurityView, enrolment: EnrolmentView): Html {
  const { texts } = view;
  const fields = html`${enrolFields(view, enrolment)}
    <div class="actions">${button('turn-on', texts.enrol.submit, 'primary')}</div>`;
  return html`<p class="lead">${texts.security.off}</p>
    ${form(view, fields)}`;
}

/** The page on which a member turns the second factor on and off. */
export function securityPage(view: SecurityView): string {
  const { login, problem, done, state } = view;
  const { security } = view.texts;
  const body = html`<div class="bar">${memberNav({ ...view, secondFactor: true }, 'security')}</div>
    <h1>${security.title}</h1>
    <p>${security.signedInAs} <strong>${login}</strong></p>
    ${done !== undefined && html`<p class="done" role="status">${done}</p>`} ${alert(problem)}
    ${'on' in state ? whenOn(view, state.on) : whenOff(view, state.off)}`;
  return renderPlanPage(view, { title: security.title, body });
}

/** The page for members who can change nothing here. */
export function securityNotePage(frame: PageFrame, text: string): string {
  const { title } = frame.texts.security;
  const body = html`<h1>${title}</h1>
    <p class="lead">${text}</p>`;
  return renderPlanPage(frame, { title, body });
}
