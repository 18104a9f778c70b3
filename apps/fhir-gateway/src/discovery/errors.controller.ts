import { Controller, Get, Header } from '@nestjs/common';
import { ERRORS, ERRORS_PATH } from '@patient-access/fhir';
import { Public } from '@patient-access/platform';

const escape = (text: string) =>
  text
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/`([^`]*)`/g, '<code>$1</code>');

const entry = ([code, { status, issue, means, remedy }]: [string, (typeof ERRORS)[keyof typeof ERRORS]]) =>
  `<dt id="${code}"><code>${code}</code> (${status}, ${issue})</dt><dd>${escape(means)}</dd><dd>${escape(remedy)}</dd>`;

/** The page to which every error links. It is built once, because it is the same for everybody. */
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors of the Payer Patient Access API</title>
<h1>Errors of the Payer Patient Access API</h1>
<p>The code is in <code>OperationOutcome.issue.details.coding</code> and never changes its meaning; texts may change.</p>
<dl>${Object.entries(ERRORS).map(entry).join('\n')}</dl></html>`;

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
