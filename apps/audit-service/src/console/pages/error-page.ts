/** The page of a request that was refused. Where its question can be asked otherwise, it has the form as it was sent. */
import type { OperationError } from '@patient-access/fhir';
import { html } from '@patient-access/pages';
import { type Frame, QUESTIONS, renderPage } from './layout.ts';
import { type AskedValues, problemLine, questionForm } from './question-form.ts';

/** Of a question that asks for another value, or for something that there is. */
const CAN_BE_ASKED_OTHERWISE = new Set([400, 404]);
/** The file that is asked for by a form, which is the page of a question. */
const BY_FORM: Readonly<Record<string, string>> = { 'notice.csv': 'notice' };
const MAX_SHOWN_CHARACTERS = 320;

interface Refused {
  /** below the console */
  page: string;
  /** the query of the address */
  search: string;
  requestId: string;
}

function questionOf({ page, search }: Refused): (typeof QUESTIONS)[number] | undefined {
  const file = page === 'manifest.json' ? `${new URLSearchParams(search).get('of')}.csv` : page;
  const path = Object.hasOwn(BY_FORM, file) ? BY_FORM[file] : page;
  return QUESTIONS.find(([known]) => known === path);
}

/** As it was sent, even twice or too long: the first value of each parameter, and no more than a field takes. */
function askedIn(search: string): AskedValues {
  const values = [...new URLSearchParams(search)].reverse();
  const shown = (value: string) => value.replaceAll(/\p{Cc}/gu, '').slice(0, MAX_SHOWN_CHARACTERS);
  return Object.fromEntries(values.map(([name, value]) => [name, shown(value)]));
}

export function consoleErrorPage(
  frame: Frame,
  { status, message, details }: OperationError,
  refused: Refused,
) {
  const hint = html`<p class="hint">Request ${refused.requestId}</p>`;
  const [path, title] = (CAN_BE_ASKED_OTHERWISE.has(status) && questionOf(refused)) || [];
  if (path === undefined || title === undefined) {
    const body = html`<p class="alert" role="alert">${message}</p>
      ${hint}`;
    return renderPage(frame, { title: 'This did not work', body });
  }
  const problem = { parameter: details.parameter, message };
  const form = questionForm(frame.tenant, path, askedIn(refused.search), problem);
  const body = html`${problemLine(path, problem)} ${form} ${hint}`;
  return renderPage(frame, { title, body, current: path, isProblem: true });
}
