/** The frame of the pages for developers. They are in English, like the documentation around them. */
import { type Html, html } from '@patient-access/pages';
import { developerPath, STYLE_PATH } from '../../../domain/urls.ts';
import { alert, done } from '../../pages/layout.ts';

export interface DeveloperFrame {
  tenant: string;
  /** the plan's name */
  plan: string;
  /** hidden field of each form; '' where nobody is logged in */
  token: string;
  /** of the developer who is logged in */
  email?: string;
  /** what happened on the way to the page */
  note?: string;
}

export interface DeveloperPage {
  title: string;
  body: Html;
  wide?: boolean;
  /** the entry of the menu that the page belongs to */
  at?: '' | 'calls';
  /** what was just done */
  done?: string | undefined;
  /** what is wrong with the form that was just posted */
  problem?: string | undefined;
}

/** Path below the plan, and the words. */
const MENU = [
  ['', 'Your apps'],
  ['calls', 'Calls'],
] as const;

const GUIDE = html`<li><a href="/">Guide</a></li>`;

function menu({ tenant, email, token }: DeveloperFrame, at: DeveloperPage['at']): Html {
  if (email === undefined)
    return html`<nav class="bar" aria-label="Pages for developers">
      <ul>
        ${GUIDE}
        <li><a href="/register">How to register</a></li>
      </ul>
    </nav>`;
  const entries = MENU.map(
    ([page, words]) =>
      html`<li>
        <a href="${developerPath(tenant, page)}" ${page === at && html`aria-current="page"`}>${words}</a>
      </li>`,
  );
  return html`<nav class="bar" aria-label="Your account">
    <ul>
      ${entries} ${GUIDE}
    </ul>
    <form method="post" action="${developerPath(tenant, 'logout')}">
      <input type="hidden" name="token" value="${token}" />
      <span>${email}</span>
      <button class="plain" name="action" value="logout">Log out</button>
    </form>
  </nav>`;
}

/** The title in the browser says, too, that something is wrong with the form. */
export function developerPage(frame: DeveloperFrame, page: DeveloperPage): string {
  const { title, body, wide, at, problem } = page;
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>${problem !== undefined && 'Problem: '}${title} – ${frame.plan} for app developers</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body${wide && html` class="wide"`}>
        <header>
          <div class="plan">
            <span class="mark" aria-hidden="true"></span>${frame.plan} for app developers
          </div>
        </header>
        <main>
          ${menu(frame, at)}
          <h1>${title}</h1>
          ${done(frame.note ?? page.done)} ${alert(problem)} ${body}
        </main>
      </body>
    </html> `.markup;
}

type FormParts = [frame: DeveloperFrame, content: Html, action?: string];

const formWith =
  (attributes: Html) =>
  (...[{ token }, content, action]: FormParts): Html =>
    html`<form method="post" ${attributes} ${action !== undefined && html`action="${action}"`}>
      <input type="hidden" name="token" value="${token}" />
      ${content}
    </form>`;

/** A form; its `action` is the path to which it posts, or left out: its own page. */
export const developerForm = formWith(html``);

/** The same with a file. */
export const fileForm = formWith(html`enctype="multipart/form-data"`);
