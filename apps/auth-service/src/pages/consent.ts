import type { Member } from '../accounts/accounts.ts';
import type { Asked, AskedKind } from '../consent/narrow.ts';
import { type Html, html } from './html.ts';
import { alert, button, type Form, form, renderPage } from './layout.ts';
import { relationshipText, TEXTS } from './texts.ts';

const texts = TEXTS.consent;

export interface ConsentView extends Form {
  plan: string;
  app: string;
  /** registered by the plan */
  verified: boolean;
  /** where the member is sent back to; undefined: an app on this device */
  host?: string;
  login: string;
  /** absent when no member data is asked for */
  member?: Member;
  severalMembers: boolean;
  asked: Asked;
  until: Date;
}

function checkbox(kind: AskedKind, ticked: boolean): Html {
  const restrictions = kind.restrictions.map(
    (restriction) => html`<span class="part">${texts.onlyPart(restriction)}</span>`,
  );
  return html`<div class="choice">
    <input type="checkbox" id="kind-${kind.id}" name="kind" value="${kind.id}" ${ticked && html` checked`} />
    <label for="kind-${kind.id}"
      ><strong>${kind.label}</strong><span>${kind.explanation}</span>${restrictions}</label
    >
  </div>`;
}

function warning({ verified }: ConsentView): Html | undefined {
  if (verified) return undefined;
  return html`<div class="warning">
    <strong>${texts.unverified}</strong>
    <p>${texts.unverifiedWhy}</p>
  </div>`;
}

function facts(view: ConsentView): Html {
  const { member, host, login } = view;
  const subject =
    member &&
    html`<div>
      <dt>${texts.subject}</dt>
      <dd><strong>${member.name}</strong> (${relationshipText(member.relationship).toLowerCase()})</dd>
    </div>`;
  return html`<dl class="facts">
    ${subject}
    <div>
      <dt>${texts.returnTo}</dt>
      <dd>${host ?? texts.device}</dd>
    </div>
    <div>
      <dt>${texts.signedInAs}</dt>
      <dd>${login}</dd>
    </div>
  </dl>`;
}

/** After a post with nothing ticked, nothing is ticked again on the member's behalf. */
function kinds({ kinds: asked, everything }: Asked, ticked: boolean): Html | undefined {
  if (asked.length === 0) return undefined;
  return html`<fieldset>
    <legend>${texts.kinds}</legend>
    <p class="hint">${everything ? texts.everything : texts.untick}</p>
    <div class="choices">${asked.map((kind) => checkbox(kind, ticked))}</div>
  </fieldset>`;
}

/** What an app asks for, in plain words; all of it can be unticked kind by kind, or refused. */
export function consentPage(view: ConsentView): string {
  const { asked } = view;
  const title = texts.title(view.app);
  const fields = html`${kinds(asked, view.problem === undefined)}
    ${asked.identity && html`<p class="note">${texts.identity}</p>`}
    ${asked.kinds.length > 0 && html`<p class="note">${texts.readOnly}</p>`}
    <section aria-labelledby="how-long">
      <h2 id="how-long">${texts.howLong}</h2>
      <p>${asked.offline ? texts.offline(view.until) : asked.online ? texts.online : texts.once}</p>
    </section>
    <p class="note">${texts.after}</p>
    <div class="actions">
      ${button('agree', texts.agree, 'primary')}${button('deny', texts.deny, 'secondary')}
    </div>
    ${view.severalMembers && html`<div class="actions quiet">${button('back', texts.other, 'secondary')}</div>`}`;
  const body = html`<h1>${title}</h1>
    ${warning(view)} ${alert(view.problem)} ${facts(view)} ${form(view.token, fields)}`;
  return renderPage({ title, plan: view.plan, body, wide: asked.kinds.length > 1 });
}
