/** The page that a browser shows when there is no page at an address, or when it cannot be shown now. */
import type { OperationError } from '@patient-access/fhir';
import { html } from '@patient-access/pages';
import type { FastifyRequest } from 'fastify';

/** Paths of pages for people: to log in, to agree, to see who read what, the auditors' console, developers' accounts. */
const PAGES = /^\/(?:auth|audit|account)\//;
/** Programs ask there, and Java's accept HTML by themselves. */
const FOR_PROGRAMS =
  /^\/auth\/(?:brands(?:\?|$)|[^/?]*\/(?:oauth2\/v1\/(?:token|introspect|revoke|par|userinfo|keys|register|launch|\.well-known)(?:[/?]|$)|(?:brands|calls|unread)(?:\?|$)|(?:sandbox|card-link)\/))/;
const HTML = /\btext\/html\b/i;
const SPANISH = /^\s*es\b/i;

const ENGLISH_WORDS = {
  language: 'en',
  title: 'This page cannot be shown',
  later: 'Something is not working right now. Please try again in a few minutes.',
  missing: 'There is no page at this address. Check it for a mistake, or begin at your plan’s website.',
  large: 'You sent more than this page takes. If you chose a file, go back and choose a smaller one.',
  never: 'Your browser sent something that was not understood. Please go back and begin again.',
  reference: 'If it keeps happening, tell your plan this number:',
};
const SPANISH_WORDS: typeof ENGLISH_WORDS = {
  language: 'es',
  title: 'Esta página no se puede mostrar',
  later: 'Algo no funciona en este momento. Vuelva a intentarlo en unos minutos.',
  missing:
    'No hay ninguna página en esta dirección. Compruebe si tiene un error, o empiece en el sitio web de su plan.',
  large:
    'Envió más de lo que esta página admite. Si eligió un archivo, vuelva atrás y elija uno más pequeño.',
  never: 'Su navegador envió algo que no se entendió. Vuelva atrás y empiece de nuevo.',
  reference: 'Si sigue ocurriendo, dé este número a su plan:',
};

/** The page loads nothing, links to nothing and cannot be framed (security rule D23). */
export const ERROR_PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A browser that goes to a page says so. */
export const takesHtml = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  HTML.test(headers.accept ?? '');

/** Will a person see the answer, and not a program? */
export const isForPerson = ({ url, headers }: Pick<FastifyRequest, 'url' | 'headers'>): boolean =>
  PAGES.test(url) && !FOR_PROGRAMS.test(url) && takesHtml({ headers });

function said({ later, missing, large, never }: typeof ENGLISH_WORDS, status: number): string {
  if (status === 429 || status >= 500) return later;
  if (status === 413) return large;
  return status === 404 ? missing : never;
}

/** @returns headers and body for a person who came to an address where nothing is */
export const missingPage = (request: Pick<FastifyRequest, 'id' | 'headers'>) => ({
  headers: {
    ...ERROR_PAGE_HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    vary: 'accept',
  },
  body: errorPage(request, { status: 404 }),
});

/** @returns a whole page, in the language that the browser prefers */
export function errorPage(
  { id, headers }: Pick<FastifyRequest, 'id' | 'headers'>,
  { status }: Pick<OperationError, 'status'>,
): string {
  const words = SPANISH.test(headers['accept-language'] ?? '') ? SPANISH_WORDS : ENGLISH_WORDS;
  const body = html`<!doctype html>
    <html lang="${words.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${words.title}</title>
      </head>
      <body>
        <main>
          <h1>${words.title}</h1>
          <p>${said(words, status)}</p>
          <p>${words.reference} <code>${id}</code></p>
        </main>
      </body>
    </html> `;
  return body.markup;
}
