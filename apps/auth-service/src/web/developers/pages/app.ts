/** The page of one app: what it needs to call us, what members see, and all that its developer can do with it. */
import type { ConsentKind } from '@patient-access/fhir';
import { type Html, html } from '@patient-access/pages';
import { appDisplayName } from '../../../domain/apps/app-name.ts';
import type { Client } from '../../../domain/clients/clients.ts';
import { developerPath } from '../../../domain/urls.ts';
import { type AppValues, appFields, keyFields, methodWords } from './app-fields.ts';
import { stateOf } from './apps.ts';
import { pressButton } from './fields.ts';
import { developerForm, type DeveloperFrame, developerPage, fileForm } from './frame.ts';
import { logoField } from './logo-field.ts';
import { memberView } from './member-view.ts';
import { unreadPart } from './unread.ts';

export interface AppView {
  client: Client;
  fhirBase: string;
  values: AppValues;
  /** shown now and never again */
  secret?: string;
  done?: string;
  /** kinds of data that it was granted long ago and does not read */
  unread?: readonly ConsentKind[];
  problem?: string;
}

const fact = (name: string, value: Html | string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

/** It has the focus when the page opens, unless the page says before it what was done: one element of a page may have it. */
const secretBox = ({ secret, done }: AppView): Html | undefined =>
  secret === undefined
    ? undefined
    : html`<div class="warning" role="status" tabindex="-1" ${done === undefined && html`autofocus`}>
        <strong>The secret of your app</strong>
        <p><code>${secret}</code></p>
        <p>Copy it now. We do not keep it, so nobody can show it again.</p>
      </div>`;

function editPart(frame: DeveloperFrame, { client, values }: AppView, path: string): Html {
  const { verified, approved_scope, token_endpoint_auth_method: method } = client.metadata;
  if (approved_scope !== undefined)
    return html`<div class="part">
      <h2>Change it</h2>
      <p>The plan has approved this app as it is. It works on unchanged while the plan looks at a change.</p>
      <a class="button" href="${developerPath(frame.tenant, `apps/${client.id}/change`)}">Propose a change</a>
    </div>`;
  if (verified)
    return html`<div class="part">
      <h2>Change it</h2>
      <p>The plan has checked this app as it is. Ask the plan for a change.</p>
    </div>`;
  const fields = html`${appFields(values)} ${logoField(client.metadata.logo !== undefined, values)}
    ${method === 'private_key_jwt' && keyFields(values)}
    <div class="actions">${pressButton('save', 'Save', 'primary')}</div>`;
  return html`<div class="part">
    <h2>Change it</h2>
    ${fileForm(frame, fields, path)}
  </div>`;
}

function secretPart(frame: DeveloperFrame, { client }: AppView, path: string): Html | undefined {
  if (client.secret === null) return undefined;
  const fields = html`<div class="choice">
      <input type="checkbox" id="at-once" name="at_once" value="yes" />
      <label for="at-once">
        <strong>End every secret of before at once</strong>
        <span>For when somebody else may have one. Your app stops until it has the new one.</span>
      </label>
    </div>
    <div class="actions">${pressButton('rotate', 'Make another secret', 'secondary')}</div>`;
  return html`<div class="part">
    <h2>Another secret</h2>
    <p>The old secret is accepted for a day more, so that you can change it without a break.</p>
    <p>
      If you make another one within ten minutes, it takes the place of the new one, and the old one keeps its
      day.
    </p>
    ${developerForm(frame, fields, path)}
  </div>`;
}

function deletePart(frame: DeveloperFrame, path: string): Html {
  const fields = html`<div class="choice">
      <input type="checkbox" id="sure" name="sure" value="yes" required />
      <label for="sure">
        <strong>Delete the app</strong>
        <span>All its tokens stop at once, and every member who uses it is disconnected.</span>
      </label>
    </div>
    <div class="actions">${pressButton('delete', 'Delete', 'secondary')}</div>`;
  return html`<div class="part">
    <h2>Delete it</h2>
    ${developerForm(frame, fields, path)}
  </div>`;
}

export function appPage(frame: DeveloperFrame, view: AppView): string {
  const { client, fhirBase, done, problem, unread } = view;
  const { id, metadata, bannedAt } = client;
  const { approved_scope: approved } = metadata;
  const path = developerPath(frame.tenant, `apps/${id}`);
  const forms = html`${editPart(frame, view, path)} ${secretPart(frame, view, path)}
  ${deletePart(frame, path)}`;
  const body = html`${secretBox(view)} ${stateOf(client)}
    <dl class="facts">
      ${fact('Client id', html`<code>${id}</code>`)} ${fact('FHIR address', html`<code>${fhirBase}</code>`)}
      ${approved !== undefined && fact('Approved for', html`<code>${approved}</code>`)}
      ${fact('Runs', methodWords(metadata.token_endpoint_auth_method))}
    </dl>
    ${memberView(frame, metadata)} ${unreadPart(unread)}
    ${bannedAt ? html`<p class="alert">The plan has stopped this app. Ask the plan why.</p>` : forms}`;
  return developerPage(frame, { title: appDisplayName(metadata.client_name), body, at: '', done, problem });
}
