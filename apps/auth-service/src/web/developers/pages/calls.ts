/** What became of the calls of a developer's apps. */
import { type Html, html } from '@patient-access/pages';
import type { AppCall } from '@patient-access/internal-api';
import { errorOfCall } from '../../../domain/developers/calls.ts';
import { developerPath } from '../../../domain/urls.ts';
import { textField } from './fields.ts';
import { type DeveloperFrame, developerPage } from './frame.ts';

export interface CallsView {
  /** undefined: the trail could not be asked */
  calls?: readonly AppCall[];
  /** names by client id */
  names: ReadonlyMap<string, string>;
  /** the request id that was looked for */
  request?: string;
}

const OUTCOME: Readonly<Record<AppCall['outcome'], string>> = {
  answered: 'Answered',
  refused: 'Refused',
  failed: 'Failed on our side',
};

/** Texts about errors are in Markdown: what is between backticks is code. */
const inHtml = (text: string): Html[] =>
  text.split('`').map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));

function why(call: AppCall): Html | undefined {
  if (call.outcome === 'answered') return undefined;
  const error = errorOfCall(call);
  if (!error)
    return html`<p>The answer says why in <code>error_description</code> or <code>diagnostics</code>.</p>`;
  return html`<p><strong>${error.code}.</strong> ${inHtml(error.means)}</p>
    <p><strong>What to change:</strong> ${inHtml(error.remedy)} <a href="/errors#${error.code}">More</a></p>`;
}

const entry = (call: AppCall, names: CallsView['names']): Html =>
  html`<li>
    <code>${call.request}</code>
    <em>${call.at.slice(0, 19).replace('T', ' ')} UTC, ${names.get(call.client) ?? call.client}</em>
    <p><span class="tag ${call.outcome === 'answered' && html`good`}">${OUTCOME[call.outcome]}</span></p>
    ${why(call)}
    <p class="note">Request id <code>${call.requestId}</code></p>
  </li>`;

/** What is not ours to tell is the same as what is not there. */
const NOTHING = html`<p class="empty">
  There is no such call of your apps in the last seven days. A call with a token that we do not know is
  nobody’s, and a new call can take a minute to get here.
</p>`;

function list({ calls, names }: CallsView): Html {
  if (!calls)
    return html`<p class="alert" role="alert">The calls cannot be looked up now. Try again in a minute.</p>`;
  if (calls.length === 0) return NOTHING;
  return html`<ul class="seen">
    ${calls.map((call) => entry(call, names))}
  </ul>`;
}

export function callsPage(frame: DeveloperFrame, view: CallsView): string {
  const path = developerPath(frame.tenant, 'calls');
  const body = html`<p class="lead">
      The newest calls of your apps in the last seven days, from the audit trail. Ids and values are left out.
    </p>
    <form method="get" action="${path}">
      ${textField({
        name: 'request',
        label: 'Request id',
        hint: 'From X-Request-ID of an answer, or from its body.',
        value: view.request,
      })}
      <div class="actions"><button class="primary">Look it up</button></div>
    </form>
    <div class="part">
      <h2>${view.request ? 'With this request id' : 'The newest first'}</h2>
      <ul class="people">
        <li><a href="${path}">All calls</a></li>
        <li><a href="${path}?only=refused">Only what was not answered</a></li>
      </ul>
      ${list(view)}
    </div>`;
  return developerPage(frame, { title: 'Calls of your apps', body, wide: true, at: 'calls' });
}
