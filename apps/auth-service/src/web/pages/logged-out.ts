import { html } from '@patient-access/pages';
import { type Frame, renderPage } from './layout.ts';

/** @param again path of the page to log in for */
export function loggedOutPage(frame: Frame, again: string): string {
  const { member } = frame.texts;
  const body = html`<h1>${member.loggedOut}</h1>
    <p class="lead">${member.loggedOutWhy}</p>
    <div class="actions"><a class="button" href="${again}">${member.logIn}</a></div>`;
  return renderPage(frame, { title: member.loggedOut, body });
}
