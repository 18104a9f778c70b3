import { type Html, html } from '@patient-access/pages';
import { STYLE_PATH } from '../../domain/urls.ts';

/** A page for the plan's staff. It is in English, like the commands for administrators. */
export function staffPage(title: string, body: Html): string {
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.markup;
}
