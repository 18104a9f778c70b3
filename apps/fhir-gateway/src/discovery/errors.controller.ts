import { Controller, Get, Header } from '@nestjs/common';
import { ERROR_ENTRIES, ERRORS_PATH, type ErrorEntry } from '@patient-access/fhir';
import { Public } from '@patient-access/platform';

const escape = (text: string) =>
  text
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/`([^`]*)`/g, '<code>$1</code>');

const item = ({ code, status, words, means, remedy }: ErrorEntry) =>
  `<dt id="${code}"><code>${code}</code> (${status}, ${words.join(' or ')})</dt><dd>${escape(means)}</dd><dd>${escape(remedy)}</dd>`;

const list = (entries: readonly ErrorEntry[]) => `<dl>${entries.map(item).join('\n')}</dl>`;

/** The page to which every error links. It is built once, because it is the same for everybody. */
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Errors of the Payer Patient Access API</title>
<main><h1>Errors of the Payer Patient Access API</h1>
<h2 id="fhir-api">FHIR API</h2>
<p>The code is in <code>OperationOutcome.issue.details.coding</code> and never changes its meaning; texts may change.</p>
${list(ERROR_ENTRIES.fhir)}
<h2 id="authorization-server">Authorization server</h2>
<p>The code is the fragment of <code>error_uri</code> and never changes its meaning; texts may change. Errors of the FHIR API that the authorization server has too are in the list above.</p>
${list(ERROR_ENTRIES.oauth)}</main></html>`;

/** Serves the documentation of the errors. */
@Public()
@Controller(ERRORS_PATH)
export class ErrorsController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'public, max-age=3600')
  page(): string {
    return PAGE;
  }
}
