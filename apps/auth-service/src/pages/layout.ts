import { STYLE_PATH } from '../urls.ts';
import { type Html, html } from './html.ts';
import { TEXTS } from './texts.ts';

export interface Page {
  title: string;
  /** the plan's name */
  plan: string;
  body: Html;
  /** for pages with a long list */
  wide?: boolean;
}

export function renderPage({ title, plan, body, wide }: Page): string {
  return html`<!DOCTYPE html>
    <html lang="${TEXTS.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>${title} – ${plan}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body${wide && html` class="wide"`}>
        <header class="plan"><span class="mark" aria-hidden="true"></span>${plan}</header>
        <main>${body}</main>
      </body>
    </html> `.markup;
}

/** A message about what was just submitted; screen readers say it at once. */
export function alert(text: string | undefined): Html | undefined {
  return text === undefined ? undefined : html`<p class="alert" role="alert">${text}</p>`;
}

export interface Form {
  /** one-time token of the interaction */
  token: string;
  /** of the submit that came before, if it was not right */
  problem?: string;
}

/** A form that posts back to its own page. */
export function form(token: string, content: Html): Html {
  return html`<form method="post">
    <input type="hidden" name="token" value="${token}" />
    ${content}
  </form>`;
}

export function button(action: string, label: string, look: 'primary' | 'secondary'): Html {
  const skip = look === 'secondary' && html` formnovalidate`;
  return html`<button class="${look}" name="action" value="${action}" ${skip}>${label}</button>`;
}
