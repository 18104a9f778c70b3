import { memberPath } from '../../domain/urls.ts';
import { type Html, html } from '@patient-access/pages';
import { type FormView, type PageContent, renderPlanPage } from './layout.ts';

/** The values that every page of a logged-in member needs. */
export interface MemberPage extends FormView {
  tenant: string;
  login: string;
  /** whether the plan sends mails */
  mail: boolean;
}

/** The members' own pages, in the order in which they are listed. */
const PAGES = ['apps', 'access', 'card', 'security', 'email'] as const;
type Page = (typeof PAGES)[number];

/** The links to the member's pages. */
function memberNav(view: Pick<MemberPage, 'tenant' | 'texts' | 'mail'>, current: Page): Html {
  const { tenant, texts, mail } = view;
  const { member } = texts;
  const links = PAGES.filter((page) => mail || page !== 'email').map(
    (page) =>
      html`<li>
        <a href="${memberPath(tenant, page)}" ${page === current && html`aria-current="page"`}
          >${member[page]}</a
        >
      </li>`,
  );
  return html`<nav aria-label="${member.nav}">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

/** The links, and the button to log out. */
export const memberBar = (view: MemberPage, current: Page): Html =>
  html`<div class="bar">${memberNav(view, current)} ${logOutForm(view)}</div>`;

/** Renders one of the member's own pages, or what belongs to it: below the links, its title and its content. */
export function renderMemberPage(view: MemberPage, content: PageContent & { current: Page }): string {
  const { current, ...shown } = content;
  const body = html`${memberBar(view, current)}
    <h1>${shown.title}</h1>
    ${shown.body}`;
  return renderPlanPage(view, { ...shown, body });
}

/** Says who is logged in, with a button to log out. */
export function logOutForm({ tenant, login, token, texts: { member } }: Omit<MemberPage, 'mail'>): Html {
  return html`<form method="post" action="${memberPath(tenant, 'log-out')}">
    <input type="hidden" name="token" value="${token}" />
    <span>${member.loggedInAs} <strong>${login}</strong></span>
    <button class="plain">${member.logOut}</button>
  </form>`;
}
