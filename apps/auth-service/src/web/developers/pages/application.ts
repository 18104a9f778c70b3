/** The pages on which a developer applies, and follows an application. */
import { type Html, html } from '@patient-access/pages';
import { type Application, isOpen } from '../../../domain/applications/applications.ts';
import { approvedMetadata } from '../../../domain/applications/content.ts';
import { appDisplayName } from '../../../domain/apps/app-name.ts';
import { developerPath } from '../../../domain/urls.ts';
import { onceField } from '../../pages/once-field.ts';
import type { AppValues } from './app-fields.ts';
import { applicationFields } from './application-fields.ts';
import { pressButton } from './fields.ts';
import { developerForm, type DeveloperFrame, developerPage, fileForm } from './frame.ts';
import { memberView } from './member-view.ts';

const STATES: Readonly<Record<Application['state'], string>> = {
  submitted: 'The plan looks at it',
  'asked-back': 'The plan has asked you something',
  approved: 'Approved',
  rejected: 'Rejected',
  withdrawn: 'Withdrawn',
};

const stateTag = ({ state }: Application): Html =>
  html`<span class="tag ${state === 'approved' && html`good`}">${STATES[state]}</span>`;

/** For the list beside a developer's apps. */
export const applicationEntry = (tenant: string, application: Application): Html =>
  html`<div class="app">
    <h2>${appDisplayName(application.content.metadata.client_name)}</h2>
    ${stateTag(application)}
    <dl class="facts">
      <div>
        <dt>${application.isChange ? 'Change sent' : 'Sent'}</dt>
        <dd>${application.createdAt.toISOString().slice(0, 10)}</dd>
      </div>
    </dl>
    <a class="button" href="${developerPath(tenant, `applications/${application.id}`)}"
      >Look at it<span class="unseen"> – application for ${application.content.metadata.client_name}</span></a
    >
  </div>`;

interface ApplyView {
  values: AppValues;
  problem?: string;
  /** may members use an app here that nobody has looked at? */
  isOpen: boolean;
  /** how the app that is to be changed proves itself */
  method?: string;
  hasLogo?: boolean;
}

export function applyPage(
  frame: DeveloperFrame,
  { values, problem, isOpen, method, hasLogo = false }: ApplyView,
): string {
  const title = method === undefined ? 'Apply for an app' : 'Propose a change';
  const looks = isOpen
    ? `${frame.plan} looks at the app. Once it is approved, members read your answers below. An app that you only register works without that.`
    : `${frame.plan} looks at each app before its members can use it.`;
  const lead =
    method === undefined
      ? `${looks} You get a mail when there is something new.`
      : `${frame.plan} looks at the change. Until then your app works as it is.`;
  const fields = html`${onceField()} ${applicationFields(values, { method, hasLogo })}
    <div class="actions">${pressButton('submit', 'Send it to the plan', 'primary')}</div>`;
  const body = html`<p class="lead">${lead}</p>
    ${fileForm(frame, fields)}`;
  return developerPage(frame, { title, body, at: '', problem });
}

/** A plan that takes no applications now says whom to ask. */
export function noApplicationsPage(frame: DeveloperFrame, contact: string | undefined): string {
  const body =
    contact === undefined
      ? html`<p class="lead">${frame.plan} takes no applications here.</p>`
      : html`<p class="lead">
          ${frame.plan} takes no applications here now. Ask <a href="mailto:${contact}">${contact}</a>.
        </p>`;
  return developerPage(frame, { title: 'Apply for an app', body, at: '' });
}

function openForms(frame: DeveloperFrame, application: Application, values: AppValues): Html {
  const { isChange, content } = application;
  const method = isChange ? content.metadata.token_endpoint_auth_method : undefined;
  const fields = html`${applicationFields(values, { method, hasLogo: content.logo !== undefined })}
    <div class="actions">${pressButton('submit', 'Send it again', 'primary')}</div>`;
  const withdrawal = html`<div class="actions">${pressButton('withdraw', 'Withdraw', 'secondary')}</div>`;
  return html`<div class="part">
      <h2>Change it and send it again</h2>
      ${fileForm(frame, fields)}
    </div>
    <div class="part">
      <h2>Withdraw it</h2>
      ${developerForm(frame, withdrawal)}
    </div>`;
}

export interface ApplicationView {
  application: Application;
  values: AppValues;
  done?: string;
  problem?: string;
}

/** What staff wrote is their own words, and stands under a title that says so. */
const wordsBox = ({ words }: Application): Html | undefined =>
  words === null
    ? undefined
    : html`<div class="warning">
        <strong>The plan wrote</strong>
        <p>${words}</p>
      </div>`;

export function applicationPage(frame: DeveloperFrame, view: ApplicationView): string {
  const { application, values, done, problem } = view;
  const { client, content } = application;
  const app = developerPath(frame.tenant, `apps/${client ?? ''}`);
  const body = html`${stateTag(application)} ${wordsBox(application)}
  ${application.state === 'approved' && html`<p><a href="${app}">Look after the app</a></p>`}
  ${memberView(frame, approvedMetadata(content))}
  ${isOpen(application) && openForms(frame, application, values)}`;
  const title = appDisplayName(content.metadata.client_name);
  return developerPage(frame, { title: `Application for ${title}`, body, at: '', done, problem });
}
