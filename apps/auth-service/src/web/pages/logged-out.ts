import { html } from '@patient-access/pages';
import { type PageFrame, renderPlanPage } from './layout.ts';

/** @param again path of the page for which to log in again */
export function loggedOutPage(frame: PageFrame, again: string): string {
  const { member } = frame.texts;
  const body = html`<h1>${member.loggedOut}</h1>
    <p class="lead">${member.loggedOutWhy}</p>
    <div class="actions"><a class="button" href="${again}">${member.logIn}</a></div>`;
  return renderPlanPage(frame, { title: member.loggedOut, body });
}
