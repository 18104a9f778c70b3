import { auditConsolePath } from '../../domain/urls.ts';
import { html } from '@patient-access/pages';
import { renderPlanPage } from './layout.ts';
import { logOutForm, type MemberPage } from './member-page.ts';

/** The page on which an auditor opens the console and logs out. Other people read that they are not auditors. */
export function consoleLoginPage(view: MemberPage & { isAuditor: boolean }): string {
  const { member } = view.texts;
  const enter = html`<div class="actions">
    <a class="button" href="${auditConsolePath(view.tenant)}">${member.openConsole}</a>
  </div>`;
  const body = html`<div class="bar"><span></span>${logOutForm(view)}</div>
    <h1>${member.console}</h1>
    ${view.isAuditor ? enter : html`<p class="alert" role="alert">${member.noAuditor}</p>`}`;
  return renderPlanPage(view, { title: member.console, body });
}
