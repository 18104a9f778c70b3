/** The frame of every page of the console: plain HTML without a script. */
import { type Html, html } from '@patient-access/pages';

export interface Frame {
  tenant: string;
  /** the auditor's login */
  login: string;
}

/** The saved questions in the order of the menu: the path below the console, and the title. */
export const QUESTIONS = [
  ['overview', 'Overview'],
  ['search', 'Search'],
  ['member', 'All access to a member'],
  ['app', 'All by an app'],
  ['refusals', 'Refusals by reason'],
  ['revoked', 'Access after revocation'],
  ['bursts', 'Out-of-hours bursts'],
  ['changes', 'What was changed'],
  ['notice', 'Who was affected'],
] as const;
export type QuestionPath = (typeof QUESTIONS)[number][0];

export interface ConsolePage {
  title: string;
  body: Html;
  /** until when it has what happened, and what may be missing */
  reach?: Html;
  current?: QuestionPath;
  /** is something wrong with what was asked? */
  isProblem?: boolean;
}

export const consolePath = (tenant: string, below: string): string => `/audit/${tenant}/${below}`;

function navigation({ tenant }: Frame, current: QuestionPath | undefined): Html {
  const links = QUESTIONS.map(
    ([path, title]) =>
      html`<li>
        <a href="${consolePath(tenant, path)}" ${path === current && html`aria-current="page"`}>${title}</a>
      </li>`,
  );
  return html`<nav aria-label="Questions">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

export function renderPage(frame: Frame, { title, body, reach, current, isProblem }: ConsolePage): string {
  const { tenant, login } = frame;
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>${isProblem && 'Problem: '}${title} – Audit console, ${tenant}</title>
        <link rel="stylesheet" href="${consolePath(tenant, 'style.css')}" />
      </head>
      <body>
        <header>
          <div><strong>Audit console</strong> ${tenant}</div>
          <div>${login} · <a href="/auth/${tenant}/console">To log out</a></div>
        </header>
        ${navigation(frame, current)}
        <main>
          <h1>${title}</h1>
          ${reach} ${body}
        </main>
        <footer>Reading here is recorded in the trail, as every access is.</footer>
      </body>
    </html> `.markup;
}
