import type { Member } from '../accounts/accounts.ts';
import { type Html, html } from './html.ts';
import { alert, button, type Form, form, renderPage } from './layout.ts';
import { relationshipText, TEXTS } from './texts.ts';

function choice({ patient, name, relationship }: Member): Html {
  const id = `member-${patient}`;
  return html`<div class="choice">
    <input type="radio" id="${id}" name="member" value="${patient}" required />
    <label for="${id}"><strong>${name}</strong><span>${relationshipText(relationship)}</span></label>
  </div>`;
}

/** Whose data, for a login that may see several members. Nobody is chosen beforehand. */
export function choosePage(view: Form & { plan: string; app: string; members: Member[] }): string {
  const { choose, consent } = TEXTS;
  const fields = html` <fieldset>
      <legend>${choose.people}</legend>
      ${view.members.map(choice)}
    </fieldset>
    <div class="actions">
      ${button('choose', choose.submit, 'primary')}${button('deny', consent.deny, 'secondary')}
    </div>`;
  const body = html`<h1>${choose.title}</h1>
    <p class="lead">${choose.why(view.app)}</p>
    ${alert(view.problem)} ${form(view.token, fields)}`;
  return renderPage({ title: choose.title, plan: view.plan, body });
}
