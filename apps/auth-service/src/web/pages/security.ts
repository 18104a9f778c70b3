import type { LoginChange } from '../../domain/accounts/login-changes.ts';
import type { SecondFactor } from '../../domain/second-factor/second-factors.ts';
import { passwordPath, secondStepPath } from '../../domain/urls.ts';
import { type Html, html } from '@patient-access/pages';
import { type MemberPage, renderMemberPage } from './member-page.ts';
import { alert, button, done, form } from './layout.ts';

interface SessionView {
  uid: string;
  /** '' when the browser did not say */
  browser: string;
  /** as it is read */
  since: string;
  here: boolean;
}

interface SecurityView extends MemberPage {
  /** whether this server keeps a password for the login */
  password: boolean;
  /** the second step of the login, with its date as it is read; undefined where none is offered */
  secondStep?: { since?: string; factor?: SecondFactor };
  /** at the plan's own site */
  atPlan: boolean;
  sessions: SessionView[];
  /** the newest first */
  changes: { change: LoginChange; at: string }[];
  /** when staff took the second factor away, if that is news */
  factorReset?: string;
  /** what the form that was just posted has done */
  done?: string;
}

const section = (id: string, title: string, content: Html): Html =>
  html`<section class="part" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`;

const link = (path: string, text: string): Html => html`<a class="button" href="${path}">${text}</a>`;

function passwordPart({ tenant, texts: { password } }: SecurityView): Html {
  return section(
    'password',
    password.title,
    html`<p>${password.why}</p>
      ${link(passwordPath(tenant), password.change)}`,
  );
}

function secondStepPart({ tenant, texts, secondStep }: SecurityView): Html {
  const words = texts.secondStep;
  const { since, factor } = secondStep ?? {};
  const content =
    since !== undefined && factor
      ? html`<p>${words.on(since)}<br />${words.left(factor.recoveryCodesLeft)}</p>
          ${link(secondStepPath(tenant), words.manage)}`
      : html`<p>${words.off}</p>
          ${link(secondStepPath(tenant), words.setUp)}`;
  return section('second-step', words.title, content);
}

function sessionItem(view: SecurityView, { uid, browser, since, here }: SessionView): Html {
  const words = view.texts.sessions;
  const name = browser || words.unknown;
  const end = html`<input type="hidden" name="session" value="${uid}" />
    <button class="plain" name="action" value="end-session" aria-label="${words.end(name)}">
      ${words.endShort}
    </button>`;
  return html`<li>
    <div>
      <strong>${name}</strong>
      <span>${words.since(since)}</span>
    </div>
    ${here ? html`<span class="tag good">${words.here}</span>` : form(view, end)}
  </li>`;
}

function sessionsPart(view: SecurityView): Html {
  const { texts, sessions } = view;
  const words = texts.sessions;
  const all = html`<div class="actions">${button('end-others', words.endOthers, 'secondary')}</div>`;
  return section(
    'sessions',
    words.title,
    html`<p>${words.why}</p>
      <ul class="logins">
        ${sessions.map((session) => sessionItem(view, session))}
      </ul>
      ${sessions.length > 1 && form(view, all)}`,
  );
}

function changesPart({ texts: { loginChanges }, changes }: SecurityView): Html | undefined {
  if (changes.length === 0) return undefined;
  const items = changes.map(
    ({ change, at }) =>
      html`<li>
        <strong>${loginChanges.texts[change]}</strong>
        <span>${at}</span>
      </li>`,
  );
  const list = html`<p>${loginChanges.why}</p>
    <ul class="past">
      ${items}
    </ul>`;
  return section('changes', loginChanges.title, list);
}

/** What protects the login, where it is used, and what was changed about it. */
export function securityPage(view: SecurityView): string {
  const { texts, password, secondStep, atPlan, problem, factorReset } = view;
  const { security, loginChanges } = texts;
  const body = html`${done(view.done)} ${alert(problem)}
  ${factorReset !== undefined && html`<p class="warning">${loginChanges.factorReset(factorReset)}</p>`}
  ${atPlan && html`<p class="lead">${security.atPlan}</p>`} ${password && passwordPart(view)}
  ${secondStep && secondStepPart(view)} ${sessionsPart(view)} ${changesPart(view)}`;
  return renderMemberPage(view, { current: 'security', title: security.title, body });
}
