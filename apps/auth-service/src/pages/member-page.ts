import { memberPath } from '../urls.ts';
import { type Html, html } from '@patient-access/pages';
import type { Form } from './layout.ts';

/** What every page of a logged-in member's own has. */
export interface MemberPage extends Form {
  tenant: string;
  login: string;
}

/** The members' own pages, in the order in which they are listed. */
const PAGES = ['apps', 'access'] as const;

/** Where one is, where else one can go, and out. */
export function memberBar(view: MemberPage, current: (typeof PAGES)[number]): Html {
  const { tenant, texts } = view;
  const { member } = texts;
  const links = PAGES.map(
    (page) =>
      html`<li>
        <a href="${memberPath(tenant, page)}" ${page === current && html`aria-current="page"`}
          >${member[page]}</a
        >
      </li>`,
  );
  return html`<div class="bar">
    <nav aria-label="${member.nav}">
      <ul>
        ${links}
      </ul>
    </nav>
    ${logOutForm(view)}
  </div>`;
}

/** Who is logged in, and out. */
export function logOutForm({ tenant, login, token, texts: { member } }: MemberPage): Html {
  return html`<form method="post" action="${memberPath(tenant, 'log-out')}">
    <input type="hidden" name="token" value="${token}" />
    <span>${member.loggedInAs} <strong>${login}</strong></span>
    <button class="plain">${member.logOut}</button>
  </form>`;
}
