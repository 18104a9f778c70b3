import type { Member } from '../../domain/accounts/accounts.ts';
import { type Html, html } from '@patient-access/pages';
import { alert, button, type FormView, form, otherLoginButton, renderPlanPage } from './layout.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';

function choice({ relationships }: Texts, { patient, name, relationship }: Member, picked?: string): Html {
  const id = `member-${patient}`;
  return html`<div class="choice">
    <input
      type="radio"
      id="${id}"
      name="member"
      value="${patient}"
      required${patient === picked && html` checked`}
    />
    <label for="${id}"
      ><strong>${name}</strong><span>${relationships[relationship] ?? relationship}</span></label
    >
  </div>`;
}

const whoIsThere = ({ consent }: Texts, login: string): Html =>
  html`<p class="note">${consent.signedInAs} <strong>${login}</strong></p>`;

/**
 * The choice of the person, for a login that may see several persons. No person is preselected.
 *
 * @param choice.picked the person whom the member had picked when she changed the language
 */
export function personChoicePage(
  choices: FormView & {
    app: string;
    login: string;
    /** may somebody else log in for the same request? */
    otherLogin: boolean;
    members: Member[];
    picked?: string;
  },
): string {
  const view = { ...choices, switchPosts: { form: 'person', enterSubmits: 'choose' } };
  const { texts } = view;
  const { choose } = texts;
  const again = view.otherLogin && otherLoginButton(texts);
  if (view.members.length === 0) {
    const deny = html`<div class="actions">${button('deny', choose.deny, 'primary')}</div>`;
    const body = html`<h1>${choose.title}</h1>
      <p class="lead">${choose.nobody}</p>
      ${whoIsThere(texts, view.login)} ${form(view, html`${deny} ${again}`)}`;
    return renderPlanPage(view, { title: choose.title, body });
  }
  const fields = html` <fieldset>
      <legend>${choose.people}</legend>
      <div class="stack">${view.members.map((member) => choice(texts, member, view.picked))}</div>
    </fieldset>
    <div class="actions">
      ${button('choose', choose.submit, 'primary')}${button('deny', choose.deny, 'secondary')}
    </div>
    ${again}`;
  const body = html`<h1>${choose.title}</h1>
    <p class="lead">${choose.why(view.app)}</p>
    ${whoIsThere(texts, view.login)} ${alert(view.problem)} ${form(view, fields)}`;
  return renderPlanPage(view, { title: choose.title, body });
}
