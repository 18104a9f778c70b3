import type { EnrolmentView } from '../../domain/second-factor/enrolment.ts';
import type { SecondFactor } from '../../domain/second-factor/second-factors.ts';
import { securityPath } from '../../domain/urls.ts';
import { codeField } from './code.ts';
import { enrolFields } from './enrol.ts';
import { type Html, html } from '@patient-access/pages';
import { type MemberPage, renderMemberPage } from './member-page.ts';
import { alert, button, done, form } from './layout.ts';

/** What the page is for: to set up a first factor, to change the one that is on, or to set up the one that follows. */
export type SecondStepState =
  | { step: 'set-up'; enrolment: EnrolmentView }
  | { step: 'on'; factor: SecondFactor; since: string; demanded: boolean }
  | { step: 'replace'; enrolment: EnrolmentView };

interface SecondStepView extends MemberPage {
  /** what the form that was just posted has done */
  done?: string;
  state: SecondStepState;
}

/** A part of the page with a form of its own, which takes a code. */
function codeForm(
  view: SecondStepView,
  action: string,
  words: Record<'title' | 'why' | 'submit', string>,
): Html {
  const fields = html`${codeField(view, false, action)}
    <div class="actions">
      ${button(action, words.submit, action === 'replace' ? 'primary' : 'secondary')}
    </div>`;
  return html`<section class="part" aria-labelledby="part-${action}">
    <h2 id="part-${action}">${words.title}</h2>
    <p>${words.why}</p>
    ${form(view, fields)}
  </section>`;
}

function whenOn(
  view: SecondStepView,
  { factor, since, demanded }: Extract<SecondStepState, { step: 'on' }>,
): Html {
  const words = view.texts.secondStep;
  const replace = { title: words.replaceTitle, why: words.replaceWhy, submit: words.replace };
  const turnOff = { title: words.turnOffTitle, why: words.turnOffWhy, submit: words.turnOff };
  return html`<p class="lead">${words.on(since)}<br />${words.left(factor.recoveryCodesLeft)}</p>
    ${codeForm(view, 'replace', replace)}
    ${demanded ? html`<p class="note">${words.demanded}</p>` : codeForm(view, 'turn-off', turnOff)}
    <p class="note">${words.lost}</p>`;
}

function enrolForm(view: SecondStepView, enrolment: EnrolmentView, action: string, submit: string): Html {
  const fields = html`${enrolFields(view, enrolment)}
    <div class="actions">${button(action, submit, 'primary')}</div>`;
  return form(view, fields);
}

function content(view: SecondStepView): Html {
  const { state, texts } = view;
  const words = texts.secondStep;
  if (state.step === 'on') return whenOn(view, state);
  const [why, action, submit] =
    state.step === 'replace'
      ? [words.replaceNow, 'confirm-replacement', words.replaceSubmit]
      : [words.off, 'turn-on', texts.enrol.submit];
  return html`<p class="lead">${why}</p>
    ${enrolForm(view, state.enrolment, action, submit)}`;
}

/** Where a member turns the second factor on and off, and replaces it. */
export function secondStepPage(view: SecondStepView): string {
  const { tenant, texts, problem } = view;
  const body = html`${done(view.done)} ${alert(problem)} ${content(view)}
    <p class="note"><a href="${securityPath(tenant)}">${texts.security.back}</a></p>`;
  return renderMemberPage(view, { current: 'security', title: texts.secondStep.title, body });
}
