/** The list of a developer's apps, and the form for a new one. */
import { type Html, html } from '@patient-access/pages';
import type { Application } from '../../../domain/applications/applications.ts';
import { appDisplayName } from '../../../domain/apps/app-name.ts';
import type { Client } from '../../../domain/clients/clients.ts';
import { developerPath } from '../../../domain/urls.ts';
import { onceField } from '../../pages/once-field.ts';
import { type AppValues, appFields, keyFields, methodChoice } from './app-fields.ts';
import { applicationEntry } from './application.ts';
import { pressButton } from './fields.ts';
import { type DeveloperFrame, developerPage, fileForm } from './frame.ts';
import { logoField } from './logo-field.ts';

export const stateOf = ({ bannedAt, metadata: { verified } }: Client): Html => {
  if (bannedAt) return html`<span class="tag">Stopped by the plan</span>`;
  return verified
    ? html`<span class="tag good">Checked by the plan</span>`
    : html`<span class="tag">Not checked by the plan</span>`;
};

function entry(tenant: string, client: Client): Html {
  const name = appDisplayName(client.metadata.client_name);
  return html`<div class="app">
    <h2>${name}</h2>
    ${stateOf(client)}
    <dl class="facts">
      <div>
        <dt>Client id</dt>
        <dd><code>${client.id}</code></dd>
      </div>
    </dl>
    <a class="button" href="${developerPath(tenant, `apps/${client.id}`)}"
      >Look after it<span class="unseen"> – ${name}</span></a
    >
  </div>`;
}

interface OwnAppsView {
  clients: readonly Client[];
  applications: readonly Application[];
  /** what the plan lets developers do */
  offers: { register: boolean; apply: boolean };
  done?: string;
}

function applicationsPart(tenant: string, applications: readonly Application[]): Html | undefined {
  if (applications.length === 0) return undefined;
  return html`<h2 class="group">Your applications</h2>
    <div class="apps">${applications.map((each) => applicationEntry(tenant, each))}</div>`;
}

export function ownAppsPage(frame: DeveloperFrame, view: OwnAppsView): string {
  const { tenant } = frame;
  const { clients, applications, offers, done } = view;
  const list = clients.map((client) => entry(tenant, client));
  const body = html`${list.length > 0 ? html`<div class="apps">${list}</div>` : html`<p class="empty">You have no app yet.</p>`}
    <div class="actions">
      ${offers.register && html`<a class="button primary" href="${developerPath(tenant, 'new')}">Register an app</a>`}
      ${offers.apply && html`<a class="button ${!offers.register && html`primary`}" href="${developerPath(tenant, 'apply')}">Apply for an app</a>`}
    </div>
    ${applicationsPart(tenant, applications)}`;
  return developerPage(frame, { title: 'Your apps', body, wide: true, at: '', done });
}

export function newAppPage(
  frame: DeveloperFrame,
  { problem, values }: { problem?: string; values: AppValues },
): string {
  const fields = html`${onceField()} ${appFields(values)} ${logoField(false, values)}
    ${methodChoice(values['method'])}
    <div class="part">${keyFields(values)}</div>
    <div class="actions">${pressButton('register', 'Register', 'primary')}</div>`;
  const body = html`<p class="lead">
      A name and a redirect address are enough. You get the client id at once. All but where the app runs can
      be changed later.
    </p>
    ${fileForm(frame, fields)}`;
  return developerPage(frame, { title: 'Register an app', body, at: '', problem });
}
