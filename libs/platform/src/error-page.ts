/** The page that a browser shows when the plan's own page cannot be shown, because its service does not answer. */
import type { OperationError } from '@patient-access/fhir';
import { html } from '@patient-access/pages';
import type { FastifyRequest } from 'fastify';

/** Paths of pages for people: to log in, to agree, to see who read what, the auditors' console, developers' accounts. */
const PAGES = /^\/(?:auth|audit|account)\//;
const HTML = /\btext\/html\b/i;
const SPANISH = /^\s*es\b/i;

const ENGLISH_WORDS = {
  language: 'en',
  title: 'This page cannot be shown',
  later: 'Something is not working right now. Please try again in a few minutes.',
  never: 'Your browser sent something that was not understood. Please go back and begin again.',
  reference: 'If it keeps happening, tell your plan this number:',
};
const SPANISH_WORDS: typeof ENGLISH_WORDS = {
  language: 'es',
  title: 'Esta página no se puede mostrar',
  later: 'Algo no funciona en este momento. Vuelva a intentarlo en unos minutos.',
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

/** Will a person see the answer, and not a program? */
export const isForPerson = ({ url, headers }: FastifyRequest): boolean =>
  PAGES.test(url) && HTML.test(headers.accept ?? '');

/** @returns a whole page, in the language that the browser prefers */
export function errorPage({ id, headers }: FastifyRequest, { status }: OperationError): string {
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
          <p>${status === 429 || status >= 500 ? words.later : words.never}</p>
          <p>${words.reference} <code>${id}</code></p>
        </main>
      </body>
    </html> `;
  return body.markup;
}
